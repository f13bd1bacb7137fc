#pragma once
#include "config/document/document.hpp"
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <string_view>

namespace talos::config {

/// What is wrong with a text that the JSON parser gave up at `stopped_at`: the place and what was expected there, in the words of
/// whoever writes a config. `reason` is the parser's own, used when nothing better is known.
[[nodiscard]] SyntaxError explain_syntax(std::string_view text, std::size_t stopped_at, const boost::system::error_code& reason);

}   // namespace talos::config
