#pragma once
#include <string_view>

namespace talos::cli {

/// Shows a long text on standard output and returns the exit code. On a terminal this process executes the pager: `$PAGER`, run
/// by a shell, else less(1). Without a terminal, without less, with `TERM=dumb`, and with `$PAGER` empty or `cat`, the text is
/// written directly.
[[nodiscard]] int show_paged(std::string_view text);

}   // namespace talos::cli
