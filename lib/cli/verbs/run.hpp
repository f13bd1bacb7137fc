#pragma once
#include "cli/command_line/options.hpp"

namespace talos::cli {

/// Runs the verb and returns talosctl's exit code.
[[nodiscard]] int run(CommandLine line);

}   // namespace talos::cli
