#include "terminal/interleaver.hpp"
#include "terminal/width.hpp"
#include <algorithm>

namespace talos::terminal {

namespace {

constexpr std::size_t held_limit = 8u << 10;

Color color_of(Interleaver::Tone tone) {
    switch (tone) {
    case Interleaver::Tone::plain: return Color::none;
    case Interleaver::Tone::good: return Color::green;
    case Interleaver::Tone::warning: return Color::yellow;
    case Interleaver::Tone::bad: return Color::red;
    case Interleaver::Tone::dim: return Color::dim;
    }
    __builtin_unreachable();
}

// As much of `bytes` as a forced line may take, without cutting a UTF-8 character (at most three bytes are left for the next).
std::size_t whole_characters(std::string_view bytes) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(4, bytes.size()); ++back) {
        const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
        if ((byte & 0xc0) == 0x80) continue;
        const std::size_t length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        return length > back && back < bytes.size() ? bytes.size() - back : bytes.size();
    }
    return bytes.size();
}

}  // namespace

std::size_t Interleaver::add(std::string name) {
    width_ = std::max(width_, display_width(name));
    sources_.push_back({std::move(name), worker_color(sources_.size()), {}});
    return sources_.size() - 1;
}

void Interleaver::name(std::size_t n, std::string name) {
    if (n >= sources_.size()) {
        add(std::move(name));
        return;
    }
    width_ = std::max(width_, display_width(name));
    sources_[n].name = std::move(name);
}

void Interleaver::line(const Source& source, std::string_view text, std::string& out) const {
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    const std::string shown = harmless(text, color_);
    if (prefix_ == Prefix::names) {
        out.append(paint(source.color, pad(source.name, width_) + " |", color_));
        if (!shown.empty()) out += ' ';
    }
    out.append(shown);
    // A colour that the worker left on must not run into the next source's line.
    if (shown.find('\x1b') != std::string::npos) out.append("\x1b[0m");
    out += '\n';
}

void Interleaver::output(std::size_t n, std::string_view bytes, std::string& out) {
    Source& source = sources_[n];
    while (!bytes.empty()) {
        const std::size_t newline = bytes.find('\n');
        const std::size_t rest = std::min(newline, bytes.size());
        if (source.held.size() + rest > held_limit) {
            force_line(source, bytes, out);
        } else if (newline == std::string_view::npos) {
            source.held.append(bytes);
            return;
        } else {
            if (source.held.empty()) {
                line(source, bytes.substr(0, newline), out);
            } else {
                source.held.append(bytes.substr(0, newline));
                flush(n, out);
            }
            bytes.remove_prefix(newline + 1);
        }
    }
}

// Fills what is held up to the limit and lets it go as a line of its own.
void Interleaver::force_line(Source& source, std::string_view& bytes, std::string& out) const {
    const std::size_t take = held_limit - source.held.size();
    source.held.append(bytes.substr(0, take));
    bytes.remove_prefix(take);
    const std::size_t whole = whole_characters(source.held);
    line(source, std::string_view{source.held}.substr(0, whole), out);
    source.held.erase(0, whole);
}

void Interleaver::flush(std::size_t n, std::string& out) {
    Source& source = sources_[n];
    if (source.held.empty()) return;
    line(source, source.held, out);
    source.held.clear();
}

void Interleaver::about(std::size_t n, Tone tone, std::string_view text, std::string& out) {
    flush(n, out);
    const Source& source = sources_[n];
    out.append(paint(source.color, pad(source.name, prefix_ == Prefix::names ? width_ : 0) + " >", color_));
    out += ' ';
    out.append(paint(color_of(tone), harmless(text, false), color_));
    out += '\n';
}

void Interleaver::message(Tone tone, std::string_view text, std::string& out) const {
    out.append(paint(color_of(tone), harmless(text, false), color_));
    out += '\n';
}

}  // namespace talos::terminal
