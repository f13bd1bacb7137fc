#include "terminal/interleaver.hpp"
#include "terminal/width.hpp"
#include <algorithm>

namespace talos::terminal {

namespace {

constexpr std::size_t least_prefix = 12;
constexpr std::string_view erase_line = "\r\x1b[K";
constexpr std::string_view reset = "\x1b[0m";

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

}   // namespace

std::size_t Interleaver::add(std::string name) {
    width_ = std::max(width_, display_width(name));
    sources_.push_back({std::move(name), worker_color(sources_.size()), {}, {}});
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

// At most a third of the terminal's width.
std::string Interleaver::prefix(const Source& source, std::string_view mark) const {
    const auto limit = columns_ == 0 ? width_ : std::min(width_, std::max(least_prefix, columns_ / 3));
    return paint(source.color, pad(fit(source.name, limit), prefix_ == Prefix::names ? limit : 0).append(mark), color_);
}

void Interleaver::line(Source& source, std::string_view text, std::string& out) const {
    if (columns_ != 0) text = last_written(text);
    const std::string shown = harmless(text, color_);
    const bool colored = !source.carried.sequences().empty() || shown.find('\x1b') != std::string::npos;
    if (prefix_ == Prefix::names) {
        out.append(prefix(source, " |"));
        if (!shown.empty() || !stamp_.empty()) out += ' ';
    }
    if (!stamp_.empty()) {
        out.append(paint(Color::dim, stamp_, color_));
        if (!shown.empty()) out += ' ';
    }
    if (!shown.empty()) out.append(source.carried.sequences()).append(shown);
    if (colored) {   // must not affect the next source's line
        source.carried.note(shown);
        if (!shown.empty()) out.append(reset);
    }
    out += '\n';
}

void Interleaver::output(std::size_t n, std::string_view bytes, std::string& out, Stream stream) {
    lift(out);
    const Shown which{n, stream};
    auto& at = part(which);
    at.line.feed(bytes, columns_ != 0, [&](std::string_view text) { line(sources_[n], text, out); });
    if (at.line.buffered().empty()) {
        settle(which);
    } else {
        at.fresh = true;
        // A progress display is shown without a pause, since its intermediate states matter.
        at.paused = bytes.find('\r') != std::string_view::npos;
        fresh_ = true;
    }
    lower(out);
}

// The whole text has been written out.
void Interleaver::settle(const Shown& which) {
    part(which).fresh = false;
    std::erase(shown_, which);
}

void Interleaver::pause(std::string& out) {
    if (columns_ == 0 || !fresh_) return;
    lift(out);
    fresh_ = false;
    for (std::size_t n = 0; n < sources_.size(); ++n) {
        for (const auto stream : {Stream::out, Stream::err}) {
            const Shown which{n, stream};
            auto& at = part(which);
            if (!at.fresh) continue;
            if (at.paused) {
                at.fresh = false;
                std::erase(shown_, which);
                shown_.push_back(which);
            } else {
                at.paused = true;
                fresh_ = true;
            }
        }
    }
    lower(out);
}

void Interleaver::lift(std::string& out) {
    if (!drawn_) return;
    out.append(erase_line);
    drawn_ = false;
}

void Interleaver::lower(std::string& out) {
    if (drawn_ || columns_ == 0 || shown_.empty()) return;
    const auto text = unfinished(shown_.back());
    if (text.empty()) return;
    out.append(text);
    drawn_ = true;
}

// In one row: more rows could not be erased again. The end of the line is shown.
std::string Interleaver::unfinished(const Shown& which) {
    std::string text = harmless(last_written(part(which).line.buffered()), false);
    std::replace(text.begin(), text.end(), '\t', ' ');
    const auto& source = sources_[which.source];
    const auto begin = prefix_ == Prefix::names ? prefix(source, " |") : std::string();
    const auto used = prefix_ == Prefix::names ? display_width(harmless(begin, false)) + 1 : 0;
    if (used + 1 >= columns_) return {};
    return begin + (prefix_ == Prefix::names ? " " : "") + fit_end(text, columns_ - used - 1);   // the cursor needs one column
}

void Interleaver::flush(std::size_t n, std::string& out) {
    for (const auto stream : {Stream::out, Stream::err}) {
        const Shown which{n, stream};
        auto& at = part(which);
        if (at.line.buffered().empty()) continue;
        line(sources_[n], at.line.take(), out);
        settle(which);
    }
}

void Interleaver::end(std::size_t n, std::string& out) {
    lift(out);
    flush(n, out);
    sources_[n].carried.clear();
    lower(out);
}

void Interleaver::about(std::size_t n, Tone tone, std::string_view text, std::string& out) {
    lift(out);
    if (columns_ == 0) flush(n, out);   // on a terminal it then stands below this line
    out.append(prefix(sources_[n], " >"));
    out += ' ';
    out.append(paint(color_of(tone), harmless(text, false), color_));
    out += '\n';
    lower(out);
}

void Interleaver::message(Tone tone, std::string_view text, std::string& out) {
    lift(out);
    out.append(paint(color_of(tone), harmless(text, false), color_));
    out += '\n';
    lower(out);
}

}   // namespace talos::terminal
