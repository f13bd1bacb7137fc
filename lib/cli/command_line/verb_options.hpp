#pragma once
#include "cli/command_line/options.hpp"

namespace CLI {
class App;
}

namespace talos::cli {

/// Adds the verb's options to its part of the command line; what is given goes into `verb`, which must live as long as `app`.
void add_options(CLI::App& app, Verb& verb);

}   // namespace talos::cli
