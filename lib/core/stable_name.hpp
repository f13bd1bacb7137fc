#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace talos {

/// A hash of `text` in 16 hexadecimal digits, the same in every run and version (FNV-1a, 64 bits). For file names that must be
/// short. It does not resist texts that are chosen to collide.
[[nodiscard]] inline std::string stable_name(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    std::string digits(16, '0');
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, hash >>= 4) *digit = "0123456789abcdef"[hash & 15];
    return digits;
}

}   // namespace talos
