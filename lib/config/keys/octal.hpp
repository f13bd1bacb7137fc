#pragma once
#include "config/document/document.hpp"
#include <cstdint>
#include <optional>
#include <string>

namespace talos::config {

/// A string of four octal digits; nothing for anything else.
[[nodiscard]] std::optional<std::uint32_t> parse_octal(const Node& node);

/// Four digits, or as many as it takes.
[[nodiscard]] std::string format_octal(std::uint32_t bits);

}   // namespace talos::config
