#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace talos {

using SipKey = std::array<std::uint8_t, 16>;
using SipHash128 = std::array<std::uint8_t, 16>;

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein), a keyed hash for short texts. Without the key, its values cannot
/// be predicted or forged.
[[nodiscard]] SipHash128 siphash(const SipKey& key, std::string_view text);

}   // namespace talos
