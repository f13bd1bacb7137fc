#pragma once
#include "config/document.hpp"
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace talos::config {

/// Why a text cannot be read as UTF-8: it has the byte order mark or the NUL bytes of another encoding. Empty when it has neither.
[[nodiscard]] std::string encoding_complaint(std::string_view text);

/// What is wrong with a text that the JSON parser gave up at `stopped_at`: the place and what was expected there, in the words of
/// whoever writes a config. `reason` is the parser's own, used when nothing better is known.
[[nodiscard]] SyntaxError explain_syntax(std::string_view text, std::size_t stopped_at, const boost::system::error_code& reason);

/// `text` in double quotes, at most 40 bytes of it.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// `text` as valid UTF-8 without control characters (they would reach the terminal): `\u001b` in their place.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace talos::config
