#pragma once
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

/// Appends JSON directly to a string, for documents that are written thousands of times a second.
namespace talos::state {

/// Whether all bytes are ASCII and therefore valid UTF-8.
[[nodiscard]] bool is_ascii(std::string_view text);

/// Appends `text` as a JSON string with quotes. Escapes unprintable characters too. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

template <std::integral Number>
void append_number(std::string& out, Number number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

}   // namespace talos::state
