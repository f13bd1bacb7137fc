#include "daemon/log_follower.hpp"
#include "posix/file.hpp"
#include <fcntl.h>
#include <sys/stat.h>
#include <vector>

namespace talos::daemon {

namespace {

constexpr std::size_t block = 64u << 10;
constexpr std::size_t line_limit = 1u << 20;
constexpr unsigned most_old_files = 1000;

std::string numbered(const std::string& path, unsigned number) {
    return number == 0 ? path : path + "." + std::to_string(number);
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

}  // namespace

LogFollower::LogFollower(std::string path, From from) : path_(std::move(path)), from_nothing_(is_empty_series()) {
    auto fd = posix::open_file(path_, O_RDONLY | O_NONBLOCK);
    if (!fd) return;
    file_ = std::move(*fd);
    ++generation_;
    struct stat info {};
    if (from == From::end && ::fstat(file_.get(), &info) == 0) offset_ = static_cast<std::uint64_t>(info.st_size);
}

LogFollower::LogFollower(std::string path, posix::UniqueFd file, std::uint64_t offset)
    : path_(std::move(path)), file_(std::move(file)), offset_(offset), from_nothing_(is_empty_series()), generation_(file_ ? 1 : 0) {}

bool LogFollower::is_empty_series() const {
    struct stat info {};
    return ::stat(path_.c_str(), &info) != 0 && ::stat(numbered(path_, 1).c_str(), &info) != 0;
}

void LogFollower::take(std::string_view bytes, const Sink& line) {
    while (!bytes.empty()) {
        const auto newline = bytes.find('\n');
        if (newline == std::string_view::npos) {
            held_.append(bytes);
            if (held_.size() < line_limit) return;
            line(held_);
            held_.clear();
            return;
        }
        if (held_.empty()) {
            line(bytes.substr(0, newline));
        } else {
            held_.append(bytes.substr(0, newline));
            line(held_);
            held_.clear();
        }
        bytes.remove_prefix(newline + 1);
    }
}

// To the present end of the open file.
Result<> LogFollower::drain(const Sink& line) {
    std::vector<char> buffer(block);
    for (;;) {
        const auto got = ::pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset_));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error("read " + path_);
        if (got == 0) return {};
        offset_ += static_cast<std::uint64_t>(got);
        take({buffer.data(), static_cast<std::size_t>(got)}, line);
    }
}

// The file that was begun when ours was rotated away: the one with the next lower number. In the middle of a rotation one
// number of the series is missing, so only two in a row are its end.
std::string LogFollower::successor() {
    struct stat ours {};
    if (::fstat(file_.get(), &ours) != 0) return path_;
    struct stat other {};
    unsigned missing = 0;
    bool old_ones = false;
    for (unsigned number = 1; number <= most_old_files && missing < 2; ++number) {
        if (::stat(numbered(path_, number).c_str(), &other) != 0) {
            ++missing;
        } else if (same_file(ours, other)) {
            return numbered(path_, number - 1);
        } else {
            missing = 0;
            old_ones = true;
        }
    }
    lost_some_ = lost_some_ || (old_ones && ours.st_nlink == 0);
    return path_;
}

// Where nothing was when we began, all that is there by now is to be read.
std::string LogFollower::oldest() const {
    struct stat info {};
    std::string found = path_;
    unsigned missing = 0;
    for (unsigned number = 1; number <= most_old_files && missing < 2; ++number) {
        if (::stat(numbered(path_, number).c_str(), &info) != 0) {
            ++missing;
        } else {
            missing = 0;
            found = numbered(path_, number);
        }
    }
    return found;
}

// The next file of the series, if ours is not the newest any more; false when there is none (yet).
Result<bool> LogFollower::open_next() {
    const auto wanted = [this] { return file_ ? successor() : from_nothing_ ? oldest() : path_; };
    const std::string next = wanted();
    auto fd = posix::open_file(next, O_RDONLY | O_NONBLOCK);
    if (!fd) {
        const int error = fd.error().errno_value();
        if (error == ENOENT || error == ENOTDIR) return false;  // between the two steps of a rotation; another look follows
        return fd.error();
    }
    // Rotated once more while it was opened: the name may have come to mean a later file, so look again.
    if (wanted() != next) return true;
    file_ = std::move(*fd);
    offset_ = 0;
    ++generation_;
    return true;
}

Result<> LogFollower::read(const std::function<void(std::string_view line)>& line) {
    for (;;) {
        if (!file_) {
            const auto opened = open_next();
            if (!opened) return opened.error();
            if (!*opened) return {};
        }
        struct stat ours {};
        struct stat named {};
        if (::fstat(file_.get(), &ours) != 0) return last_error("stat " + path_);
        if (static_cast<std::uint64_t>(ours.st_size) < offset_) {  // emptied in place
            offset_ = 0;
            held_.clear();
        }
        // First whether it is still the newest, then its rest: nothing is written to it once another has its name.
        const bool newest = ::stat(path_.c_str(), &named) == 0 ? same_file(ours, named) : true;
        if (const auto drained = drain(line); !drained) return drained;
        if (newest) return {};
        if (!held_.empty()) {
            line(held_);
            held_.clear();
        }
        const auto opened = open_next();
        if (!opened) return opened.error();
        if (!*opened) return {};
    }
}

}  // namespace talos::daemon
