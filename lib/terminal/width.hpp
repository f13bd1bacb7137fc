#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace talos::terminal {

/// Columns that valid UTF-8 without control characters takes: wide East Asian and emoji 2, combining marks 0.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// At most `columns` wide; what is cut ends in `…`.
[[nodiscard]] std::string fit(std::string_view text, std::size_t columns);

/// The same from the other end: what is cut begins with `…`.
[[nodiscard]] std::string fit_end(std::string_view text, std::size_t columns);

/// Padded with spaces to `columns`.
[[nodiscard]] std::string pad(std::string_view text, std::size_t columns);

/// Safe to print inside one line: valid UTF-8; SGR colour sequences are kept (only when `keep_color`), every other escape
/// sequence, control character except tab and unprintable character (bidirectional overrides, zero-width) is dropped. Linear in time.
[[nodiscard]] std::string harmless(std::string_view bytes, bool keep_color);

/// The same of many lines: newlines stay.
[[nodiscard]] std::string harmless_lines(std::string_view bytes, bool keep_color);

}   // namespace talos::terminal
