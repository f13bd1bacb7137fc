#pragma once
#include "config/document/document.hpp"
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <string_view>

namespace talos::config {

/// Explains a syntax error at which the JSON parser stopped (`stopped_at`): its position and what was expected there, in terms of
/// the config file. `reason` is the parser's own message, used if there is no better one.
[[nodiscard]] SyntaxError explain_syntax(std::string_view text, std::size_t stopped_at, const boost::system::error_code& reason);

}   // namespace talos::config
