#include "posix/files/visible_file.hpp"

#include "posix/files/file.hpp"
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace talos::posix {

namespace {

bool without_openat2(int error) { return error == ENOSYS || error == EPERM || error == EINVAL; }

/// Returns errno, or 0 on success.
int open_path(const std::string& path, UniqueFd& file, int last = 0) {
    open_how how{};
    how.flags = static_cast<unsigned>(O_PATH | O_CLOEXEC | last);
    how.resolve = RESOLVE_NO_MAGICLINKS;
    file.reset(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
    if (file) return 0;
    int error = errno;
    if (without_openat2(error)) {
        if (::syscall(SYS_setfsuid, -1) != static_cast<long>(::geteuid())) return ENOTSUP;   // the path of another user
        file.reset(::open(path.c_str(), O_PATH | O_CLOEXEC | last));
        error = file ? 0 : errno;
    }
    return error == ELOOP ? ENOTSUP : error;
}

}   // namespace

Result<ActAs> see_as(const Credentials* user) {
    if (user == nullptr || user->uid == ::geteuid()) return ActAs::none();
    return ActAs::enter(*user);
}

Result<VisibleFile> VisibleFile::find(const std::string& path) {
    UniqueFd file;
    if (const int error = open_path(path, file); error != 0) return failure_of(error, "stat " + path);
    struct stat info {};
    struct statfs system {};
    if (::fstat(file.get(), &info) != 0) return last_error("stat " + path);
    if (::fstatfs(file.get(), &system) != 0) return last_error("statfs " + path);
    if (system.f_type == PROC_SUPER_MAGIC) return failure_of(ENOTSUP, "stat " + path);   // `self` would mean talosd
    return VisibleFile(std::move(file), info);
}

bool VisibleFile::is_link(const std::string& path) {
    UniqueFd file;
    struct stat info {};
    return open_path(path, file, O_NOFOLLOW) == 0 && ::fstat(file.get(), &info) == 0 && S_ISLNK(info.st_mode);
}

bool VisibleFile::executable() const {
    // Checks the effective file system rights; access(2) would use the real user ID.
    if (::syscall(SYS_faccessat2, file_.get(), "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0) return true;
    return errno != EACCES && (info_.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;   // old kernels
}

bool VisibleFile::mounted_noexec() const {
    struct statvfs mounted {};
    return ::fstatvfs(file_.get(), &mounted) == 0 && (mounted.f_flag & ST_NOEXEC) != 0;
}

std::string VisibleFile::head() const {
    if (!S_ISREG(info_.st_mode)) return {};
    // O_PATH has already fixed which file this is. This open only checks read permission.
    const auto file = open_file("/proc/self/fd/" + std::to_string(file_.get()), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return {};
    std::array<char, 256> head{};
    const iovec place{head.data(), head.size()};
    // execve(2) has just read the file, so it is in the page cache. RWF_NOWAIT keeps its owner from blocking this read.
    ssize_t size = ::preadv2(file->get(), &place, 1, 0, RWF_NOWAIT);
    if (size < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) size = ::pread(file->get(), head.data(), head.size(), 0);
    return size > 0 ? std::string(head.data(), static_cast<std::size_t>(size)) : std::string();
}

}   // namespace talos::posix
