#pragma once
#include <cstddef>
#include <cstdint>

/// The format of a compressed log: facebook/zstd, contrib/seekable_format/zstd_seekable_compression_format.md. Numbers are
/// little-endian.
namespace talos::logs::compressed {

inline constexpr std::size_t frame_content = 256 * 1024;
inline constexpr std::uint32_t key_magic = 0x184D2A50;     // a skippable frame
inline constexpr std::uint32_t table_magic = 0x184D2A5E;   // a skippable frame
inline constexpr std::uint32_t seekable_magic = 0x8F92EAB1;
inline constexpr std::size_t skippable_head = 8;   // magic, length
inline constexpr char mark[9] = "talosLog";
inline constexpr std::size_t key_length = 32;     // mark, device, inode, time of the last change
inline constexpr std::size_t entry_length = 8;    // compressed and content length of a frame
inline constexpr std::size_t footer_length = 9;   // count, flags (0: no checksums), magic

template <class Number>
void put(char* to, Number value) {
    for (std::size_t i = 0; i < sizeof value; ++i) to[i] = static_cast<char>(value >> (8 * i) & 0xff);
}
template <class Number>
Number get(const char* from) {
    Number value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
        value = static_cast<Number>(value | static_cast<Number>(static_cast<unsigned char>(from[i])) << (8 * i));
    return value;
}

}   // namespace talos::logs::compressed
