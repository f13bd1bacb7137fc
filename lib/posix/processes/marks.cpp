#include "posix/processes/marks.hpp"

#include "core/siphash.hpp"
#include <charconv>

namespace talos::posix {

namespace {

std::optional<std::uint8_t> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    return std::nullopt;
}

std::optional<SipKey> key_of(std::string_view secret) {
    SipKey key{};
    if (secret.size() != 2 * key.size()) return std::nullopt;
    for (std::size_t i = 0; i < key.size(); ++i) {
        const auto high = digit(secret[2 * i]);
        const auto low = digit(secret[2 * i + 1]);
        if (!high || !low) return std::nullopt;
        key.at(i) = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return key;
}

}   // namespace

std::string make_mark(std::string_view secret, std::string_view worker, std::uint64_t number) {
    const auto key = key_of(secret);
    if (!key) return {};
    std::string mark = std::to_string(number);
    std::string text(worker);
    text += '\0';   // no worker name contains NUL
    text += mark;
    mark += '-';
    for (const std::uint8_t byte : siphash(*key, text)) {
        constexpr std::string_view digits = "0123456789abcdef";
        mark += digits[byte >> 4];
        mark += digits[byte & 15];
    }
    return mark;
}

std::optional<std::uint64_t> number_of_mark(std::string_view secret, std::string_view worker, std::string_view mark) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(mark.data(), mark.data() + mark.size(), number);
    if (error != std::errc{}) return std::nullopt;
    const auto whole = make_mark(secret, worker, number);
    if (whole.empty() || whole != mark) return std::nullopt;
    return number;
}

}   // namespace talos::posix
