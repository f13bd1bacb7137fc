#include "core/siphash.hpp"
#include "support/catch.hpp"
#include <string>

using namespace talos;

namespace {

/// As in the authors' test vectors: the key is 00 01 … 0f, the text 00 01 … with `length` bytes.
std::string hash_of(std::size_t length) {
    SipKey key{};
    for (std::size_t i = 0; i < key.size(); ++i) key.at(i) = static_cast<std::uint8_t>(i);
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>(i);
    std::string hex;
    for (const auto byte : siphash(key, text)) {
        constexpr std::string_view digits = "0123456789abcdef";
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

}   // namespace

TEST_CASE("SipHash-2-4-128: the published vectors") {
    CHECK(hash_of(0) == "a3817f04ba25a8e66df67214c7550293");
    CHECK(hash_of(1) == "da87c1d86b99af44347659119b22fc45");
    CHECK(hash_of(8) == "3b62a9ba6258f5610f83e264f31497b4");
    CHECK(hash_of(15) == "5493e99933b0a8117e08ec0f97cfc3d9");
    CHECK(hash_of(63) == "5150d1772f50834a503e069a973fbd7c");
}

TEST_CASE("SipHash: another key gives another value") {
    SipKey key{};
    const auto first = siphash(key, "web");
    key.back() = 1;
    CHECK(siphash(key, "web") != first);
}
