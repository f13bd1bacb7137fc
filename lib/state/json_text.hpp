#pragma once
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

/// Writing JSON straight into a string, for what is written thousands of times a second.
namespace talos::state {

/// Whether the bytes are ASCII, so that they are valid UTF-8 without a closer look.
[[nodiscard]] bool is_ascii(std::string_view text);

/// Appends `text` with its quotes, escaped, unprintable characters too; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

template <std::integral Number>
void append_number(std::string& out, Number number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

}   // namespace talos::state
