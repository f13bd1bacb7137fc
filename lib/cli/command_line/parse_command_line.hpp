#pragma once
#include "cli/command_line/options.hpp"
#include <string>
#include <variant>

namespace talos::cli {

/// Parsing produced a text (--help, --version) or an error: the output for each stream, and the exit code (0 or 2).
struct EarlyEnd {
    int code = 0;
    std::string out;
    std::string error;
    bool paged = false;   ///< `out` is a page of the manual: see show_paged()
};

/// Pure. `argv` as passed to main.
[[nodiscard]] std::variant<CommandLine, EarlyEnd> parse_command_line(int argc, const char* const* argv);

}   // namespace talos::cli
