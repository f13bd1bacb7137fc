#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace talos::terminal {

enum class ColorMode { automatic, always, never };
/// `auto`, `always`, `never`.
[[nodiscard]] std::optional<ColorMode> color_mode_from(std::string_view word);

/// automatic: on a terminal, unless $NO_COLOR is set and not empty (no-color.org) or $TERM is `dumb`.
[[nodiscard]] bool use_color(ColorMode mode, int fd);

enum class Color : std::uint8_t {
    none,
    bold,
    dim,
    red,
    green,
    yellow,
    blue,
    magenta,
    cyan,
    bright_red,
    bright_green,
    bright_yellow,
    bright_blue,
    bright_magenta,
    bright_cyan
};

/// `text` between SGR codes, or unchanged if `enabled` is false.
[[nodiscard]] std::string paint(Color color, std::string_view text, bool enabled);

/// The n-th colour of the palette for workers; it repeats.
[[nodiscard]] Color worker_color(std::size_t n);

/// Whether `fd` is a terminal that understands control sequences ($TERM is not `dumb`).
[[nodiscard]] bool is_screen(int fd);

/// Columns of the terminal on `fd`; 80 if it is not a terminal.
[[nodiscard]] std::size_t terminal_columns(int fd);
/// Rows of the terminal on `fd`; 24 if it is not a terminal.
[[nodiscard]] std::size_t terminal_rows(int fd);

}   // namespace talos::terminal
