#pragma once
#include "cli/command_line/options.hpp"

namespace CLI {
class App;
}

namespace talos::cli {

/// Adds the verb's options to its subcommand. Values go into `verb`, which must outlive `app`.
void add_options(CLI::App& app, Verb& verb);

}   // namespace talos::cli
