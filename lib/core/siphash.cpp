#include "core/siphash.hpp"

#include <bit>
#include <cstddef>

namespace talos {

namespace {

std::uint64_t little_endian(const std::uint8_t* bytes, std::size_t count) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
    return word;
}

struct State {
    std::uint64_t v0, v1, v2, v3;

    void rounds(int count) {
        for (; count > 0; --count) {
            v0 += v1;
            v1 = std::rotl(v1, 13);
            v1 ^= v0;
            v0 = std::rotl(v0, 32);
            v2 += v3;
            v3 = std::rotl(v3, 16);
            v3 ^= v2;
            v0 += v3;
            v3 = std::rotl(v3, 21);
            v3 ^= v0;
            v2 += v1;
            v1 = std::rotl(v1, 17);
            v1 ^= v2;
            v2 = std::rotl(v2, 32);
        }
    }

    void take(std::uint64_t word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }

    [[nodiscard]] std::uint64_t finish() {
        rounds(4);
        return v0 ^ v1 ^ v2 ^ v3;
    }
};

void put(SipHash128& hash, std::size_t at, std::uint64_t word) {
    for (std::size_t i = 0; i < 8; ++i) hash.at(at + i) = static_cast<std::uint8_t>(word >> (8 * i));
}

}   // namespace

SipHash128 siphash(const SipKey& key, std::string_view text) {
    const std::uint64_t k0 = little_endian(key.data(), 8);
    const std::uint64_t k1 = little_endian(key.data() + 8, 8);
    State state{0x736f6d6570736575 ^ k0, 0x646f72616e646f6d ^ k1 ^ 0xee, 0x6c7967656e657261 ^ k0, 0x7465646279746573 ^ k1};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    std::size_t left = text.size();
    for (; left >= 8; left -= 8, bytes += 8) state.take(little_endian(bytes, 8));
    state.take(little_endian(bytes, left) | (static_cast<std::uint64_t>(text.size()) << 56));
    SipHash128 hash;
    state.v2 ^= 0xee;
    put(hash, 0, state.finish());
    state.v1 ^= 0xdd;
    put(hash, 8, state.finish());
    return hash;
}

}   // namespace talos
