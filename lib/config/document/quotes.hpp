#pragma once
#include <string>
#include <string_view>

namespace talos::config {

/// `text` in double quotes, at most 40 bytes of it.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// `text` as valid UTF-8 without control characters (they would reach the terminal): `\u001b` in their place.
[[nodiscard]] std::string printable(std::string_view text);

}   // namespace talos::config
