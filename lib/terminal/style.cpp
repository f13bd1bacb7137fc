#include "terminal/style.hpp"
#include <array>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace talos::terminal {

namespace {

std::string_view sgr(Color color) {
    switch (color) {
    case Color::none: return "";
    case Color::bold: return "\x1b[1m";
    case Color::dim: return "\x1b[2m";
    case Color::red: return "\x1b[31m";
    case Color::green: return "\x1b[32m";
    case Color::yellow: return "\x1b[33m";
    case Color::blue: return "\x1b[34m";
    case Color::magenta: return "\x1b[35m";
    case Color::cyan: return "\x1b[36m";
    case Color::bright_red: return "\x1b[91m";
    case Color::bright_green: return "\x1b[92m";
    case Color::bright_yellow: return "\x1b[93m";
    case Color::bright_blue: return "\x1b[94m";
    case Color::bright_magenta: return "\x1b[95m";
    case Color::bright_cyan: return "\x1b[96m";
    }
    __builtin_unreachable();
}

// Red is reserved for errors.
constexpr std::array palette{Color::cyan,           Color::yellow,      Color::green,         Color::magenta,
                             Color::blue,           Color::bright_cyan, Color::bright_yellow, Color::bright_green,
                             Color::bright_magenta, Color::bright_blue};

winsize window_of(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
    return size;
}

}   // namespace

std::optional<ColorMode> color_mode_from(std::string_view word) {
    if (word == "auto") return ColorMode::automatic;
    if (word == "always") return ColorMode::always;
    if (word == "never") return ColorMode::never;
    return std::nullopt;
}

bool use_color(ColorMode mode, int fd) {
    switch (mode) {
    case ColorMode::always: return true;
    case ColorMode::never: return false;
    case ColorMode::automatic: break;
    }
    const char* no_color = std::getenv("NO_COLOR");
    if (no_color != nullptr && *no_color != '\0') return false;
    return is_screen(fd);
}

bool is_screen(int fd) {
    const char* term = std::getenv("TERM");
    if (term != nullptr && std::string_view{term} == "dumb") return false;
    return ::isatty(fd) == 1;
}

std::string paint(Color color, std::string_view text, bool enabled) {
    std::string out;
    if (!enabled || color == Color::none || text.empty()) return out.append(text);
    out.append(sgr(color)).append(text).append("\x1b[0m");
    return out;
}

Color worker_color(std::size_t n) { return palette[n % palette.size()]; }

std::size_t terminal_columns(int fd) {
    const auto columns = window_of(fd).ws_col;
    return columns == 0 ? 80 : columns;
}

std::size_t terminal_rows(int fd) {
    const auto rows = window_of(fd).ws_row;
    return rows == 0 ? 24 : rows;
}

}   // namespace talos::terminal
