#include "state/pid_file.hpp"
#include "posix/files/file.hpp"
#include "posix/files/file_lock.hpp"
#include "posix/files/folder.hpp"
#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::state {
namespace {

constexpr pid_t largest_pid = 4'194'304;   // PID_MAX_LIMIT of the kernel
constexpr int attempts = 100;              // an attempt fails only if a talosd ends or starts during it

const char* kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "a directory";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISLNK(mode)) return "a symbolic link";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

Failure not_regular(const std::string& path, mode_t mode) {
    return failure_of(EINVAL, path + " is " + kind_of(mode) + ", not a PID file; remove it");
}

/// Opens a regular file of exactly this name. Does not follow a link, block on a FIFO, or acquire a controlling terminal.
Result<posix::UniqueFd> open_regular(const std::string& path, int flags) {
    auto fd = posix::open_file(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat info {};
    if (!fd) {
        // EISDIR, ELOOP, ENXIO (a socket) and ENODEV mean the same here. lstat(2) says what the file is.
        const int error = fd.error().errno_value();
        if (error != ENOENT && ::lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
            return not_regular(path, info.st_mode);
        return fd;
    }
    if (::fstat(fd->get(), &info) < 0) return last_error("fstat " + path);
    if (!S_ISREG(info.st_mode)) return not_regular(path, info.st_mode);
    return fd;
}

/// A running talosd keeps its lock even if its PID file gets a second link. Such a file must not be renamed.
bool is_locked_by_ours(const posix::Folder& folder, const std::string& path) {
    const auto info = folder.stat(folder.name());
    if (!info || !S_ISREG(info->st_mode) || info->st_nlink < 2 || info->st_uid != ::geteuid()) return false;
    const auto fd = open_regular(path, O_RDONLY);
    const auto lock = fd ? posix::query_lock(*fd) : Result<posix::LockState>(fd.error());
    return lock && *lock == posix::LockState::held;
}

Result<posix::UniqueFd> open_own(const posix::Location& place) {
    auto folder = posix::Folder::open(place, posix::Folder::Use::write);
    if (!folder) return folder.error();
    if (is_locked_by_ours(*folder, place.path)) return failure_of(EWOULDBLOCK, "lock " + place.path);
    return folder->open_or_create(folder->name(), O_RDWR);
}

bool is_behind(const posix::UniqueFd& fd, const std::string& path) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(fd.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

Result<std::optional<pid_t>> read_pid_at(const posix::UniqueFd& fd, const std::string& path) {
    std::array<char, 64> text;   // a longer file is not a PID file
    ssize_t got = -1;
    do {
        got = ::pread(fd.get(), text.data(), text.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return last_error("read " + path);
    return parse_pid({text.data(), static_cast<std::size_t>(got)});
}

}   // namespace

std::optional<pid_t> parse_pid(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.empty() || text.size() > 10) return std::nullopt;
    std::int64_t pid = 0;   // large enough for ten digits
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        pid = pid * 10 + (c - '0');
    }
    if (pid < 1 || pid > largest_pid) return std::nullopt;
    return static_cast<pid_t>(pid);
}

Result<PidFile> PidFile::acquire(const posix::Location& place) {
    const auto& path = place.path;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        auto fd = place.own ? open_own(place) : open_regular(path, O_RDWR | O_CREAT);
        if (!fd) return fd.error();
        const auto lock = posix::try_lock(*fd);
        if (!lock) return Failure{lock.error().code, "lock " + path};
        if (*lock == posix::LockState::held) return failure_of(EWOULDBLOCK, "lock " + path);
        // Between open and lock, the previous holder may have unlinked the file. The locked file then has no name.
        if (is_behind(*fd, path)) return PidFile(place, std::move(*fd));
    }
    return failure_of(EAGAIN, "lock " + path + ": another process keeps replacing it");
}

Result<> PidFile::write(pid_t pid) {
    const std::string text = std::to_string(pid) + "\n";
    if (::ftruncate(fd_.get(), 0) < 0) return last_error("truncate " + place_.path);
    const ssize_t written = ::pwrite(fd_.get(), text.data(), text.size(), 0);
    if (written < 0) return last_error("write " + place_.path);
    if (static_cast<std::size_t>(written) != text.size()) return failure_of(ENOSPC, "write " + place_.path);
    return {};
}

Result<> PidFile::remove() {
    // The name of our file was removed; the file with that name now is not ours.
    if (!is_behind(fd_, place_.path)) return {};
    auto folder = place_.own ? posix::Folder::open(place_, posix::Folder::Use::write) : posix::Folder::plain(place_.path);
    if (!folder) return folder.error();
    if (!folder->vacate(folder->name()) && folder->stat(folder->name())) return failure_of(EBUSY, "unlink " + place_.path);
    return {};
}

Result<PidFileState> read_pid_file(const std::string& path) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto fd = open_regular(path, O_RDONLY);
        if (!fd && fd.error().errno_value() == ENOENT) return PidFileState{};
        if (!fd) return fd.error();
        const auto lock = posix::query_lock(*fd);
        if (!lock) return Failure{lock.error().code, "query the lock of " + path};
        const auto pid = read_pid_at(*fd, path);
        if (!pid) return pid.error();
        const bool locked = *lock == posix::LockState::held;
        // A file that lost its name in the meantime belongs to a talosd that has ended. The name may refer to the PID file of the
        // next talosd.
        if (locked || is_behind(*fd, path)) return PidFileState{true, locked, *pid};
    }
    return failure_of(EAGAIN, "read " + path + ": another process keeps replacing it");
}

}   // namespace talos::state
