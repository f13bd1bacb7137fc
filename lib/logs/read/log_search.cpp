#include "logs/read/log_search.hpp"
#include "logs/format/log_line.hpp"
#include <algorithm>
#include <utility>

namespace talos::logs {

namespace {

constexpr std::size_t near_enough = 16u << 10;   // reading this many extra bytes is cheaper than another probe
constexpr std::size_t line_begin = 128;

std::string cut_short(const LogReader& reader) {
    return reader.path() + " has lines that are too long to be searched; what is in front of them is not shown";
}

}   // namespace

Result<bool> LastLines::step(LogReader& reader) {
    if (lines_ == 0) return true;
    if (left_ == 0) {
        reader.leave_out(cut_short(reader));
        return true;
    }
    const auto got = reader.previous(bytes_);
    if (!got) return got.error();
    if (*got == 0) return !reader.pending();
    left_ -= std::min<std::uint64_t>(left_, *got);
    const auto from = reader.offset();
    const bool passed = floor_ && floor_->is_behind(reader);
    const auto lowest = passed ? static_cast<std::size_t>(floor_->offset() - from) : 0;
    auto end = bytes_.size();
    if (!std::exchange(saw_end_, true) && bytes_.back() == '\n') --end;   // belongs to the last line
    while (end > lowest) {
        const auto newline = bytes_.rfind('\n', end - 1);
        if (newline == std::string::npos || newline < lowest) break;
        if (--lines_ == 0) {
            reader.move_to(from + newline + 1);
            return true;
        }
        end = newline;
    }
    if (passed) reader.move_to(floor_->offset());
    return passed;
}

FirstWanted FirstWanted::stamped_from(std::int64_t time) {
    return FirstWanted([time](std::string_view line) {
        const auto stamp = stamp_of(line);
        return stamp ? std::optional(*stamp >= time) : std::nullopt;
    });
}

Result<LogReader> begin_of(std::int64_t time, LogReader end) {
    auto search = FirstWanted::stamped_from(time);
    for (;;) {
        const auto there = search.step(end);
        if (!there) return there.error();
        if (*there) return end;
    }
}

Result<bool> FirstWanted::step(LogReader& reader) {
    if (left_ == 0) {
        reader.leave_out(cut_short(reader));
        if (phase_ == Phase::halving) reader.move_to(high_);
        return true;
    }
    switch (phase_) {
    case Phase::file: return find_file(reader);
    case Phase::halving:
        if (high_ - low_ > near_enough) {
            if (const auto halved = halve(reader); !halved) return halved.error();
            return false;
        }
        phase_ = Phase::walking;
        reader.move_to(low_);
        return false;
    case Phase::walking: return walk(reader);
    }
    __builtin_unreachable();
}

Result<> FirstWanted::read(const LogReader& reader, std::uint64_t offset, std::size_t size) {
    auto got = reader.peek(offset, size, bytes_);
    left_ -= std::min<std::uint64_t>(left_, bytes_.size());
    return got;
}

// Judges the line that starts at `begin` in the bytes.
std::optional<bool> FirstWanted::judge(std::size_t begin) const {
    const auto line = std::string_view(bytes_).substr(begin, line_begin);
    return wanted_(line.substr(0, line.find('\n')));
}

// Finds the newest file whose first decidable line is not wanted; the oldest file if all start with a wanted line.
Result<bool> FirstWanted::find_file(LogReader& reader) {
    if (const auto read = this->read(reader, 0, near_enough); !read) return read.error();
    auto verdict = bytes_.empty() ? std::nullopt : judge(0);
    for (auto newline = bytes_.find('\n'); !verdict && newline + 1 < bytes_.size(); newline = bytes_.find('\n', newline + 1)) {
        if (newline == std::string::npos) break;
        verdict = judge(newline + 1);
    }
    if (verdict == false) {
        high_ = reader.size();
        probe_ = high_ / 2;
        phase_ = Phase::halving;
        return false;
    }
    const auto opened = reader.older();
    if (!opened) return opened;
    if (*opened || reader.pending()) return false;
    reader.move_to(0);
    return true;
}

Result<> FirstWanted::halve(const LogReader& reader) {
    if (const auto read = this->read(reader, probe_, near_enough + line_begin); !read) return read;
    const auto newline = std::string_view(bytes_).substr(0, near_enough).find('\n');
    const auto begin = probe_ + newline + 1;
    if (newline == std::string::npos && probe_ + near_enough < high_) {
        probe_ += near_enough;   // within a long line
        return {};
    }
    if (newline != std::string::npos && begin < high_ && judge(newline + 1) == false) low_ = begin;
    else high_ = low_ + (high_ - low_) / 2;   // no unwanted line starts in the upper half
    probe_ = low_ + (high_ - low_) / 2;
    return {};
}

// Reads line by line from a line that is not wanted.
Result<bool> FirstWanted::walk(LogReader& reader) {
    const auto from = reader.offset();
    if (const auto read = this->read(reader, from, near_enough + line_begin); !read) return read.error();
    const auto seen = std::min(bytes_.size(), near_enough);
    for (std::size_t newline = bytes_.find('\n'); newline < seen; newline = bytes_.find('\n', newline + 1)) {
        if (newline + 1 == bytes_.size() || judge(newline + 1) != true) continue;
        reader.move_to(from + newline + 1);
        return true;
    }
    reader.move_to(from + seen);
    return seen == 0;
}

}   // namespace talos::logs
