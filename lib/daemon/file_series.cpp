#include "daemon/file_series.hpp"
#include <algorithm>
#include <utility>

namespace talos::daemon {

namespace {

constexpr std::size_t look_back = 256u << 10;
constexpr std::size_t near_enough = 16u << 10;   // bytes read in vain cost less than another look
constexpr std::size_t line_begin = 128;
constexpr unsigned most_files = 1000;

}  // namespace

// Into the buffer; fewer bytes at the end of the file.
Result<std::size_t> FileSeries::read_at(std::uint64_t offset, std::size_t size) {
    buffer_.resize(size);
    std::size_t got = 0;
    while (got < size) {
        const auto count = file_->pread(buffer_.data() + got, size - got, offset + got);
        if (!count) return count;
        if (*count == 0) break;
        got += *count;
    }
    buffer_.resize(got);
    return got;
}

// The next one on the way back; false when there are none. In the middle of a rotation one number is missing: only two are the end.
Result<bool> FileSeries::open_older() {
    for (unsigned missing = 0; missing < 2 && next_number_ < most_files;) {
        auto file = LogFile::open(path_, next_number_++);
        if (!file) return file.error();
        if (!*file) {
            ++missing;
            continue;
        }
        missing = 0;
        // Rotated meanwhile: this is one that was looked into under its former name.
        const auto identity = (*file)->identity();
        if (std::any_of(seen_.begin(), seen_.end(), [&](const auto& before) { return same_file(before, identity); })) continue;
        seen_.push_back(identity);
        file_ = std::move(*file);
        offset_ = 0;
        ++generation_;
        return true;
    }
    return false;
}

Result<> FileSeries::seek(const std::function<bool(std::string_view line)>& wanted) {
    for (;;) {
        const auto opened = open_older();
        if (!opened) return opened.error();
        if (!*opened) return {};   // the oldest of all begins with a wanted one
        if (const auto got = read_at(0, line_begin); !got) return got.error();
        if (!buffer_.empty() && !wanted(std::string_view(buffer_).substr(0, buffer_.find('\n')))) return bisect(wanted);
    }
}

// Where the first line behind `offset` begins; nothing when there is none before `end`. Its beginning is in the buffer then.
Result<std::optional<std::uint64_t>> FileSeries::line_behind(std::uint64_t offset, std::uint64_t end) {
    for (; offset < end; offset += near_enough) {
        if (const auto got = read_at(offset, near_enough + line_begin); !got) return got.error();
        const auto newline = std::string_view(buffer_).substr(0, near_enough).find('\n');
        if (newline == std::string_view::npos) continue;   // inside a long line
        const auto begin = offset + newline + 1;
        if (begin >= end) break;
        buffer_.erase(0, newline + 1);
        return std::optional(begin);
    }
    return std::optional<std::uint64_t>{};
}

// The file's first line is not wanted. `low` is always the begin of one that is not, and at `high` or behind it begins none that is not.
Result<> FileSeries::bisect(const std::function<bool(std::string_view line)>& wanted) {
    std::uint64_t low = 0;
    std::uint64_t high = size();
    while (high - low > near_enough) {
        const auto middle = low + (high - low) / 2;
        const auto begin = line_behind(middle, high);
        if (!begin) return begin.error();
        const auto line = std::string_view(buffer_).substr(0, line_begin);
        if (!*begin || wanted(line.substr(0, line.find('\n')))) {
            high = middle;   // the lines that begin in between are wanted, or none does
        } else {
            low = **begin;
        }
    }
    offset_ = low;
    return {};
}

Result<bool> FileSeries::seek_back(std::size_t lines) {
    if (!file_) {
        const auto opened = open_older();
        if (!opened || !*opened) return opened ? Result<bool>(true) : opened;
        offset_ = size();
        if (lines == 0) return true;
    }
    if (offset_ == 0) {
        // The files' order is that of their names: without an older one, this is where the series begins.
        auto newer = std::exchange(file_, std::nullopt);
        const auto opened = open_older();
        if (!opened) return opened;
        if (!*opened) {
            file_ = std::move(newer);
            return true;
        }
        offset_ = size();
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(look_back, offset_));
    const auto from = offset_ - size;
    const auto got = read_at(from, size);
    if (!got) return got.error();
    auto end = *got;
    if (!saw_end_ && end != 0) {
        saw_end_ = true;
        if (buffer_[end - 1] == '\n') --end;   // belongs to the last line
    }
    while (end != 0) {
        const auto newline = buffer_.rfind('\n', end - 1);
        if (newline == std::string::npos) break;
        if (++newlines_ == lines) {
            offset_ = from + newline + 1;
            return true;
        }
        end = newline;
    }
    offset_ = from;
    return false;
}

std::uint64_t FileSeries::size() const {
    const auto size = file_->size();
    return size ? *size : 0;
}

bool FileSeries::is_newest() const {
    const auto newest = identity_of(path_, 0);
    return newest && same_file(file_->identity(), *newest);
}

// The number of the file that was begun when ours was rotated away: the next lower one.
unsigned FileSeries::successor() const {
    const auto ours = file_->identity();
    std::optional<unsigned> found;
    unsigned later = 0;   // ours was removed: what was written last after it is the oldest one left that we have not read
    for_each_old([&](unsigned number) {
        const auto other = found ? std::nullopt : identity_of(path_, number);
        if (!other) return false;
        if (same_file(ours, *other)) found = number - 1;
        else if (other->key.modified > ours.key.modified) later = number;
        return true;
    });
    return found.value_or(later);
}

Result<bool> FileSeries::open_next() {
    auto file = LogFile::open(path_, file_ ? successor() : oldest_log(path_));
    if (!file) return file.error();
    if (!*file) return false;
    file_ = std::move(*file);
    offset_ = 0;
    ++generation_;
    return true;
}

Result<std::size_t> FileSeries::read(std::string& out) {
    buffer_ = {};
    seen_ = {};
    for (;;) {
        if (!file_) {
            const auto opened = open_next();
            if (!opened) return opened.error();
            if (!*opened) return std::size_t{0};
        }
        if (size() < offset_) offset_ = 0;   // emptied in place
        // First whether it is still the newest, then its rest: nothing is written to it once another has its name.
        const bool newest = is_newest();
        const auto before = out.size();
        out.resize(before + piece);
        const auto got = file_->pread(out.data() + before, piece, offset_);
        out.resize(before + (got ? *got : 0));
        if (!got) return got;
        offset_ += *got;
        if (*got > 0 || newest) return got;
        const auto opened = open_next();
        if (!opened) return opened.error();
        if (!*opened) return std::size_t{0};
    }
}

}  // namespace talos::daemon
