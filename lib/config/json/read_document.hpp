#pragma once
#include "config/document/document.hpp"
#include <cstddef>
#include <string_view>

namespace talos::config {

inline constexpr std::size_t largest_text = std::size_t{16} << 20;
inline constexpr std::size_t deepest_level = 64;

/// Reads JSON with comments and trailing commas, without a byte order mark: at most `largest_text` bytes and `deepest_level`
/// levels.
[[nodiscard]] Document read_document(std::string_view text);

}   // namespace talos::config
