#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace talos::terminal {

/// Columns of valid UTF-8 without control characters: wide East Asian characters and emoji take 2, combining marks 0.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// Shortens `text` to `columns`; a cut text ends in `…`.
[[nodiscard]] std::string fit(std::string_view text, std::size_t columns);

/// The same from the other end: a cut text begins with `…`.
[[nodiscard]] std::string fit_end(std::string_view text, std::size_t columns);

/// Pads with spaces to `columns`.
[[nodiscard]] std::string pad(std::string_view text, std::size_t columns);

/// Makes text safe to print inside one line: valid UTF-8. SGR colour sequences are kept (only with `keep_color`). Other escape
/// sequences, control characters except tab, and unprintable characters (bidirectional overrides, zero-width) are dropped. Linear
/// in time.
[[nodiscard]] std::string harmless(std::string_view bytes, bool keep_color);

/// The same for several lines: newlines are kept.
[[nodiscard]] std::string harmless_lines(std::string_view bytes, bool keep_color);

}   // namespace talos::terminal
