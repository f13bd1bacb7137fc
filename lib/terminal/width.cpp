#include "terminal/width.hpp"
#include "core/text.hpp"
#include "terminal/width_ranges.hpp"
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>

namespace talos::terminal {

namespace {

bool printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

struct CodePoint {
    std::uint32_t value;
    std::size_t bytes;
};

// The code point at `at`. A byte that starts none counts as itself, so `at` always advances.
CodePoint decode(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::uint32_t lead = byte(at);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
    if (length == 1) return {lead, 1};
    if (length == 0 || at + length > text.size()) return {0xfffd, 1};
    std::uint32_t value = lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80) return {0xfffd, 1};
        value = value << 6 | (byte(at + i) & 0x3fu);
    }
    return {value, length};
}

bool among(std::span<const CodePointRange> ranges, std::uint32_t value) {
    const auto after = std::upper_bound(ranges.begin(), ranges.end(), value,
                                        [](std::uint32_t v, const CodePointRange& r) { return v < r.first; });
    return after != ranges.begin() && value <= std::prev(after)->last;
}

std::size_t width_of(std::uint32_t value) {
    if (value < 0x300) return 1;
    if (among(zero_width_ranges, value)) return 0;
    return among(wide_ranges, value) ? 2 : 1;
}

bool is_parameter(char c) { return c >= 0x30 && c <= 0x3f; }
bool is_intermediate(char c) { return c >= 0x20 && c <= 0x2f; }
bool is_final(char c) { return c >= 0x40 && c <= 0x7e; }

// Skips the parameters, intermediates and final byte of a control sequence whose introducer ended before `at`. `colors`: it is a
// plain SGR sequence.
std::size_t past_csi(std::string_view text, std::size_t at, bool& colors) {
    colors = true;
    while (at < text.size() && is_parameter(text[at])) {
        if (text[at] > ';') colors = false;   // private parameters: `<=>?`
        ++at;
    }
    while (at < text.size() && is_intermediate(text[at])) {
        colors = false;
        ++at;
    }
    if (at == text.size() || !is_final(text[at])) {
        colors = false;
        return at;
    }
    if (text[at] != 'm') colors = false;
    return at + 1;
}

// Skips to the end (BEL, ESC \ or U+009C) of a string sequence (OSC, DCS, …). An unterminated one is not skipped: its text stays.
// No later one is terminated either, so it is not searched for again.
std::size_t past_string(std::string_view text, std::size_t at, bool& endless) {
    if (endless) return at;
    for (std::size_t i = at; i < text.size(); ++i) {
        if (text[i] == '\a') return i + 1;
        if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '\\') return i + 2;
        if (text.substr(i, 2) == "\xc2\x9c") return i + 2;
    }
    endless = true;
    return at;
}

// Skips an escape sequence; `at` is behind its ESC.
std::size_t past_escape(std::string_view text, std::size_t at, bool& colors, bool& endless) {
    colors = false;
    if (at == text.size()) return at;
    switch (text[at]) {
    case '[': return past_csi(text, at + 1, colors);
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_': return past_string(text, at + 1, endless);
    }
    while (at < text.size() && is_intermediate(text[at])) ++at;
    return at < text.size() && text[at] >= 0x30 && text[at] <= 0x7e ? at + 1 : at;
}

}   // namespace

std::size_t display_width(std::string_view text) {
    if (printable_ascii(text)) return text.size();
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto [value, bytes] = decode(text, at);
        width += width_of(value);
        at += bytes;
    }
    return width;
}

std::string fit(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string{text};
    if (columns == 0) return {};
    std::size_t at = 0;
    for (std::size_t used = 0; at < text.size();) {
        const auto [value, bytes] = decode(text, at);
        used += width_of(value);
        if (used > columns - 1) break;   // one column is reserved for the ellipsis
        at += bytes;
    }
    return std::string{text.substr(0, at)} + "…";
}

std::string fit_end(std::string_view text, std::size_t columns) {
    auto left = display_width(text);
    if (left <= columns) return std::string{text};
    if (columns == 0) return {};
    std::size_t at = 0;
    while (left > columns - 1) {
        const auto [value, bytes] = decode(text, at);
        left -= width_of(value);
        at += bytes;
    }
    while (at < text.size()) {   // combining marks of the removed characters
        const auto [value, bytes] = decode(text, at);
        if (width_of(value) != 0) break;
        at += bytes;
    }
    return "…" + std::string{text.substr(at)};
}

std::string pad(std::string_view text, std::size_t columns) {
    std::string out{text};
    const std::size_t width = display_width(text);
    if (width < columns) out.append(columns - width, ' ');
    return out;
}

std::string harmless(std::string_view bytes, bool keep_color) {
    if (printable_ascii(bytes)) return std::string{bytes};
    const std::string text = valid_utf8(bytes);
    std::string out;
    out.reserve(text.size());
    bool endless = false;
    for (std::size_t at = 0; at < text.size();) {
        bool colors = false;
        if (text[at] == '\x1b') {
            const std::size_t end = past_escape(text, at + 1, colors, endless);
            if (colors && keep_color) out.append(text, at, end - at);
            at = end;
            continue;
        }
        const auto [value, length] = decode(text, at);
        if (value == 0x9b) {   // the one-character introducer of control sequences
            at = past_csi(text, at + length, colors);
            continue;
        }
        // the one-character introducers of string sequences
        if (value == 0x90 || value == 0x98 || value == 0x9d || value == 0x9e || value == 0x9f) {
            at = past_string(text, at + length, endless);
            continue;
        }
        const bool control = (value < 0x20 && value != '\t') || is_unprintable(value);
        if (!control) out.append(text, at, length);
        at += length;
    }
    return out;
}

std::string harmless_lines(std::string_view bytes, bool keep_color) {
    std::string out;
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        out += harmless(bytes.substr(0, end), keep_color);
        if (end == std::string_view::npos) break;
        out += '\n';
        bytes.remove_prefix(end + 1);
    }
    return out;
}

}   // namespace talos::terminal
