#include "daemon/file_series.hpp"
#include "posix/file.hpp"
#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

namespace talos::daemon {

namespace {

constexpr std::size_t look_back = 256u << 10;
constexpr std::size_t near_enough = 16u << 10;   // bytes read in vain cost less than another look
constexpr std::size_t line_begin = 128;
constexpr unsigned most_files = 1000;

std::string numbered(const std::string& path, unsigned number) {
    std::string name = path;
    if (number != 0) name.append(".").append(std::to_string(number));
    return name;
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

std::uint64_t size_of(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
}

bool is_later(const struct timespec& a, const struct timespec& b) {
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

bool is_missing(const Failure& failure) { return failure.errno_value() == ENOENT || failure.errno_value() == ENOTDIR; }

}  // namespace

// Into the buffer; fewer bytes at the end of the file.
Result<std::size_t> FileSeries::read_at(std::uint64_t offset, std::size_t size) {
    buffer_.resize(size);
    std::size_t got = 0;
    while (got < size) {
        const auto count = ::pread(file_.get(), buffer_.data() + got, size - got, static_cast<off_t>(offset + got));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return last_error("read " + path_);
        if (count == 0) break;
        got += static_cast<std::size_t>(count);
    }
    buffer_.resize(got);
    return got;
}

// The next one on the way back; false when there are none. In the middle of a rotation one number is missing: only two are the end.
Result<bool> FileSeries::open_older() {
    for (unsigned missing = 0; missing < 2 && next_number_ < most_files;) {
        const auto name = numbered(path_, next_number_++);
        auto file = posix::open_file(name, O_RDONLY | O_NONBLOCK);
        if (!file && !is_missing(file.error())) return file.error();
        struct stat info {};
        if (!file || ::fstat(file->get(), &info) != 0) {
            ++missing;
            continue;
        }
        missing = 0;
        if (!S_ISREG(info.st_mode)) return refused(name + " is no regular file");
        // Rotated meanwhile: this is one that was looked into under its former name.
        if (std::find(seen_.begin(), seen_.end(), info.st_ino) != seen_.end()) continue;
        seen_.push_back(info.st_ino);
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
    std::uint64_t high = size_of(file_.get());
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
        offset_ = size_of(file_.get());
        if (lines == 0) return true;
    }
    if (offset_ == 0) {
        // The files' order is that of their names: without an older one, this is where the series begins.
        auto newer = std::move(file_);
        const auto opened = open_older();
        if (!opened) return opened;
        if (!*opened) {
            file_ = std::move(newer);
            return true;
        }
        offset_ = size_of(file_.get());
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

bool FileSeries::is_newest() const {
    struct stat ours {};
    struct stat named {};
    return ::fstat(file_.get(), &ours) == 0 && ::stat(path_.c_str(), &named) == 0 && same_file(ours, named);
}

// The file that was begun when ours was rotated away: the one with the next lower number.
std::string FileSeries::successor() const {
    struct stat ours {};
    struct stat other {};
    if (::fstat(file_.get(), &ours) != 0) return path_;
    unsigned missing = 0;
    std::string later = path_;   // ours was removed: what was written last after it is the oldest one left that we have not read
    for (unsigned number = 1; number < most_files && missing < 2; ++number) {
        auto name = numbered(path_, number);
        if (::stat(name.c_str(), &other) != 0) {
            ++missing;
        } else if (same_file(ours, other)) {
            return numbered(path_, number - 1);
        } else {
            missing = 0;
            if (is_later(other.st_mtim, ours.st_mtim)) later = std::move(name);
        }
    }
    return later;
}

std::string FileSeries::oldest() const {
    struct stat info {};
    std::string found = path_;
    unsigned missing = 0;
    for (unsigned number = 1; number < most_files && missing < 2; ++number) {
        auto name = numbered(path_, number);
        if (::stat(name.c_str(), &info) != 0) {
            ++missing;
        } else {
            missing = 0;
            found = std::move(name);
        }
    }
    return found;
}

Result<bool> FileSeries::open_next() {
    auto file = posix::open_file(file_ ? successor() : oldest(), O_RDONLY | O_NONBLOCK);
    if (!file && is_missing(file.error())) return false;
    if (!file) return file.error();
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
        if (size_of(file_.get()) < offset_) offset_ = 0;   // emptied in place
        // First whether it is still the newest, then its rest: nothing is written to it once another has its name.
        const bool newest = is_newest();
        const auto before = out.size();
        out.resize(before + piece);
        const auto got = ::pread(file_.get(), out.data() + before, piece, static_cast<off_t>(offset_));
        const int error = errno;
        out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0) return failure_of(error, "read " + path_);
        offset_ += static_cast<std::uint64_t>(got);
        if (got > 0 || newest) return static_cast<std::size_t>(got);
        const auto opened = open_next();
        if (!opened) return opened.error();
        if (!*opened) return std::size_t{0};
    }
}

}  // namespace talos::daemon
