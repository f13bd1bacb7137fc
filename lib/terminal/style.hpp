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

/// `text` between the SGR codes, or as it is when `enabled` is false.
[[nodiscard]] std::string paint(Color color, std::string_view text, bool enabled);

/// The n-th colour for telling workers apart; repeats after a while.
[[nodiscard]] Color worker_color(std::size_t n);

/// Whether `fd` is a terminal that understands control sequences ($TERM is not `dumb`).
[[nodiscard]] bool is_screen(int fd);

/// Columns of the terminal behind `fd`; 80 when it is none.
[[nodiscard]] std::size_t terminal_columns(int fd);
/// Its rows; 24 when it is none.
[[nodiscard]] std::size_t terminal_rows(int fd);

}   // namespace talos::terminal
