#include "posix/files/open_beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string_view>
#include <sys/syscall.h>

namespace talos::posix {

namespace {

long call_openat2(int at, const char* path, int flags, mode_t mode) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags);
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;   // openat2(2) rejects a mode without O_CREAT
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return ::syscall(SYS_openat2, at, path, &how, sizeof how);
}

/// EPERM may also be the result for a single file. Only a call that cannot fail for another reason shows whether the kernel or a
/// seccomp filter rejects openat2(2).
bool kernel_has_openat2() {
    static const bool has = [] {
        const UniqueFd root(static_cast<int>(call_openat2(AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0)));
        return root || (errno != ENOSYS && errno != EPERM);
    }();
    return has;
}

/// Opens one component, which must not be a link.
int open_name(int at, const std::string& name, int flags, mode_t mode) {
    return ::openat(at, name.c_str(), flags | O_NOFOLLOW, mode);
}

int open_by_component(int at, std::string_view path, int flags, mode_t mode) {
    UniqueFd directory;
    for (;;) {
        const auto slash = path.find('/');
        const std::string name(path.substr(0, slash));
        if (name == "..") return errno = EXDEV, -1;
        if (slash == std::string_view::npos)
            return open_name(directory ? directory.get() : at, name.empty() ? "." : name, flags, mode);
        path.remove_prefix(slash + 1);
        if (name.empty() || name == ".") continue;
        // With O_DIRECTORY, both a link and a file fail with ENOTDIR. A stat of the name distinguishes them.
        const int here = directory ? directory.get() : at;
        UniqueFd next(open_name(here, name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
        if (!next) {
            const int error = errno;
            const UniqueFd link(open_name(here, name, O_PATH | O_CLOEXEC, 0));
            char target[1];
            errno = link && ::readlinkat(link.get(), "", target, sizeof target) >= 0 ? ELOOP : error;
            return -1;
        }
        directory = std::move(next);
    }
}

}   // namespace

Result<UniqueFd> open_beneath(int at, const std::string& path, int flags, mode_t mode, const std::string& shown, Beneath how) {
    flags |= O_CLOEXEC;
    if (path.starts_with('/')) return failure_of(EXDEV, "open " + shown);
    const bool direct = how == Beneath::openat2 && kernel_has_openat2();
    int fd = -1;
    do {
        fd = direct ? static_cast<int>(call_openat2(at, path.c_str(), flags, mode)) : open_by_component(at, path, flags, mode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return last_error("open " + shown);
    return UniqueFd{fd};
}

}   // namespace talos::posix
