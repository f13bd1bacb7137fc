#pragma once
#include <string>
#include <string_view>

namespace talos::config {

/// `text` in double quotes, cut to 40 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// `text` as valid UTF-8, with control characters escaped (`\u001b`), because it is written to a terminal.
[[nodiscard]] std::string printable(std::string_view text);

}   // namespace talos::config
