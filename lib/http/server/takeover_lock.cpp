#include "http/server/takeover_lock.hpp"
#include "core/time.hpp"
#include "posix/files/file_lock.hpp"
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace talos::http {

namespace {

constexpr auto longest = std::chrono::seconds{1};
constexpr auto pause = std::chrono::milliseconds{1};

/// The holder removes the file before it releases the lock: a lock on a removed file protects nothing.
bool has_the_name(const posix::UniqueFd& file, const std::string& name) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(file.get(), &opened) == 0 && ::lstat(name.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

Result<> check_own(const posix::UniqueFd& file, const std::string& name) {
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return last_error("stat " + name);
    if (!S_ISREG(info.st_mode) || info.st_uid != ::geteuid() || info.st_nlink > 1)
        return refused(
            name + " is in the way: it is not a regular file of talosd's user. Remove it, or choose another \"controlSocket\"");
    return {};
}

}   // namespace

Result<TakeoverLock> TakeoverLock::take(const std::string& path) {
    auto name = path + ".lock";
    const auto deadline = std::chrono::steady_clock::now() + longest;
    for (;;) {
        posix::UniqueFd file{::open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600)};
        if (!file) return last_error("open " + name);
        if (const auto own = check_own(file, name); !own && has_the_name(file, name)) return own.error();
        const auto state = posix::try_lock(file);
        if (!state) return state.error();
        if (*state == posix::LockState::free && has_the_name(file, name)) return TakeoverLock{std::move(file), std::move(name)};
        if (std::chrono::steady_clock::now() >= deadline)
            return failure_of(EBUSY, "replace " + path + ": another process is replacing it");
        if (*state == posix::LockState::held) std::this_thread::sleep_for(pause);
    }
}

TakeoverLock::~TakeoverLock() {
    if (file_) ::unlink(name_.c_str());
}

}   // namespace talos::http
