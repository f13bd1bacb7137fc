#include "daemon/log_files.hpp"
#include "posix/file.hpp"
#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

namespace talos::daemon {

namespace {

constexpr std::size_t block = 64u << 10;
constexpr std::size_t line_limit = 1u << 20;

// Empty for a file that is not there; a FIFO in its place must not be waited for.
Result<posix::UniqueFd> open_if_there(const std::string& path) {
    auto fd = posix::open_file(path, O_RDONLY | O_NONBLOCK);
    if (!fd && (fd.error().errno_value() == ENOENT || fd.error().errno_value() == ENOTDIR)) return posix::UniqueFd{};
    return fd;
}

Result<struct stat> stat_of(int fd, const std::string& path) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return last_error("stat " + path);
    if (!S_ISREG(info.st_mode)) return refused(path + " is no regular file");
    return info;
}

}  // namespace

Result<BackwardReader> BackwardReader::open(const std::string& path, Unfinished unfinished) {
    auto newest = open_if_there(path);
    if (!newest) return newest.error();
    BackwardReader reader{path, std::move(*newest)};
    if (!reader.newest_) return reader;
    const auto info = stat_of(reader.newest_.get(), path);
    if (!info) return info.error();
    reader.seen_.push_back(info->st_ino);
    reader.position_ = static_cast<std::uint64_t>(info->st_size);
    reader.end_ = reader.position_;
    if (unfinished == Unfinished::leave)
        if (const auto left = reader.leave_unfinished(); !left) return left.error();
    return reader;
}

// Drops what stands behind the newest file's last newline.
Result<> BackwardReader::leave_unfinished() {
    for (;;) {
        const auto newline = buffer_.rfind('\n');
        if (newline != std::string::npos) {
            buffer_.resize(newline + 1);
            break;
        }
        buffer_.clear();
        if (position_ == 0) break;
        if (const auto filled = fill(); !filled) return filled;
    }
    end_ = position_ + buffer_.size();
    return {};
}

// One more block in front of the buffer.
Result<> BackwardReader::fill() {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(block, position_));
    std::string bytes(size, '\0');
    const auto from = position_ - size;
    std::size_t got = 0;
    while (got < size) {
        const auto n = ::pread(current(), bytes.data() + got, size - got, static_cast<off_t>(from + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return last_error("read " + path_);
        if (n == 0) return refused("read " + path_ + ": the file became shorter meanwhile; try again");
        got += static_cast<std::size_t>(n);
    }
    position_ = from;
    buffer_.insert(0, bytes);
    return {};
}

// In the middle of a rotation one number of the series is missing, so only two in a row are its end.
Result<bool> BackwardReader::open_older() {
    for (unsigned missing = 0;;) {
        const std::string path = path_ + "." + std::to_string(next_number_++);
        auto fd = open_if_there(path);
        if (!fd) return fd.error();
        if (!*fd) {
            if (++missing == 2) return false;
            continue;
        }
        missing = 0;
        const auto info = stat_of(fd->get(), path);
        if (!info) return info.error();
        // Rotated between two opens: this is one that was read under its former name.
        if (std::find(seen_.begin(), seen_.end(), info->st_ino) != seen_.end()) continue;
        seen_.push_back(info->st_ino);
        position_ = static_cast<std::uint64_t>(info->st_size);
        older_ = std::move(*fd);
        return true;
    }
}

Result<bool> BackwardReader::previous(std::string& line) {
    for (;;) {
        // The newline at the very end is the one of the line we are looking for.
        const std::size_t whole = !buffer_.empty() && buffer_.back() == '\n' ? buffer_.size() - 1 : buffer_.size();
        const auto newline = whole == 0 ? std::string::npos : buffer_.rfind('\n', whole - 1);
        if (newline != std::string::npos || (position_ == 0 && !buffer_.empty()) || buffer_.size() > line_limit) {
            const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
            line.assign(buffer_, begin, whole - begin);
            buffer_.resize(begin);
            return true;
        }
        if (position_ != 0) {
            if (const auto filled = fill(); !filled) return filled.error();
            continue;
        }
        const auto opened = open_older();
        if (!opened || !*opened) return opened;
    }
}

Result<Tail> read_tail(const std::string& path, std::size_t records, LineShape shape, BackwardReader::Unfinished unfinished) {
    auto reader = BackwardReader::open(path, unfinished);
    if (!reader) return reader.error();
    Tail tail;
    tail.joiner = LineJoiner{shape};
    std::vector<std::string> lines;  // newest first
    std::size_t found = 0;           // records that begin somewhere in `lines`
    std::string line;
    while (records != 0) {
        const auto got = reader->previous(line);
        if (!got) return got.error();
        if (!*got) break;
        // A whole line ends a record, so it is where the next older record is met.
        const bool pending_counts = lines.empty() && unfinished == BackwardReader::Unfinished::include;
        if (!is_partial(line, shape)) {
            if (found == records) break;
            ++found;
        } else if (pending_counts) {
            found = 1;
        }
        lines.push_back(line);
    }
    for (auto it = lines.rbegin(); it != lines.rend(); ++it)
        if (auto record = tail.joiner.feed(*it)) tail.records.push_back(std::move(*record));
    if (unfinished == BackwardReader::Unfinished::include)
        while (auto record = tail.joiner.rest()) tail.records.push_back(std::move(*record));
    if (tail.records.size() > records)
        tail.records.erase(tail.records.begin(), tail.records.end() - static_cast<std::ptrdiff_t>(records));
    tail.end = reader->end();
    tail.file = reader->release_newest();
    return tail;
}

}  // namespace talos::daemon
