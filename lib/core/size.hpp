#pragma once
#include "core/result.hpp"
#include <cstdint>
#include <string>
#include <string_view>

namespace talos {

/// Parses `"512B"`, `"64KiB"`, `"10MiB"`, `"1GiB"`: a whole number with a binary unit, at most 2^53 bytes.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

/// The exact size with the largest unit that divides it: `10MiB`, `1536B`.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}   // namespace talos
