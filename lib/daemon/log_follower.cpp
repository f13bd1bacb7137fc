#include "daemon/log_follower.hpp"
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace talos::daemon {

namespace {

constexpr std::size_t block = 64u << 10;
constexpr std::size_t line_limit = 1u << 20;

}  // namespace

LogFollower::LogFollower(std::string path, From from) : path_(std::move(path)), from_nothing_(is_empty_series()) {
    auto file = LogFile::open(path_, 0);
    if (!file || !*file) return;
    file_ = std::move(*file);
    ++generation_;
    if (from == From::begin) return;
    if (const auto size = file_->size()) offset_ = *size;
}

LogFollower::LogFollower(std::string path, posix::UniqueFd file, std::uint64_t offset)
    : path_(std::move(path)), offset_(offset), from_nothing_(is_empty_series()) {
    if (!file) return;
    auto opened = LogFile::of(std::move(file), path_);
    if (!opened) return;
    file_ = std::move(*opened);
    generation_ = 1;
}

bool LogFollower::is_empty_series() const { return ::access(path_.c_str(), F_OK) != 0 && oldest_log(path_) == 0; }

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
        const auto got = file_->pread(buffer.data(), buffer.size(), offset_);
        if (!got) return got.error();
        if (*got == 0) return {};
        offset_ += *got;
        take({buffer.data(), *got}, line);
    }
}

// The number of the file that was begun when ours was rotated away: the one before it. Where nothing was when we began, all that
// is there by now is to be read.
unsigned LogFollower::wanted() {
    if (!file_) return from_nothing_ ? oldest_log(path_) : 0;
    bool others = false;
    if (const auto ours = find_old(path_, file_->identity(), others)) return *ours - 1;
    struct stat info {};
    const bool removed = file_->fd() < 0 || (::fstat(file_->fd(), &info) == 0 && info.st_nlink == 0);
    lost_some_ = lost_some_ || (others && removed);
    return 0;
}

// The next file of the series, if ours is not the newest any more; false when there is none (yet).
Result<bool> LogFollower::open_next() {
    const auto next = wanted();
    auto file = LogFile::open(path_, next);
    if (!file) return file.error();
    if (!*file) return false;   // between the two steps of a rotation; another look follows
    // Rotated once more while it was opened: the name may have come to mean a later file, so look again.
    if (wanted() != next) return true;
    file_ = std::move(*file);
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
        const auto size = file_->size();
        if (!size) return size.error();
        if (*size < offset_) {   // emptied in place
            offset_ = 0;
            held_.clear();
        }
        // First whether it is still the newest, then its rest: nothing is written to it once another has its name.
        struct stat named {};
        const bool newest = ::stat(path_.c_str(), &named) != 0 ? file_->fd() >= 0
                                                               : same_file(file_->identity(), {posix::key_of(named), false});
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
