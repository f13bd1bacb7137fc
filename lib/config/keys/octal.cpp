#include "config/keys/octal.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace talos::config {

std::optional<std::uint32_t> parse_octal(const Node& node) {
    const auto* word = std::get_if<std::string>(&node.value);
    const bool four = word != nullptr && word->size() == 4 &&
                      std::all_of(word->begin(), word->end(), [](char c) { return c >= '0' && c <= '7'; });
    if (!four) return std::nullopt;
    std::uint32_t bits = 0;
    (void)std::from_chars(word->data(), word->data() + word->size(), bits, 8);
    return bits;
}

std::string format_octal(std::uint32_t bits) {
    std::array<char, 16> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), bits, 8);
    const std::string text(digits.data(), error == std::errc{} ? end : digits.data());
    return std::string(4 - std::min<std::size_t>(4, text.size()), '0') + text;
}

}   // namespace talos::config
