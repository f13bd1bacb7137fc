#include "posix/files/free_name.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {

int rename_to_free_name(int at, const std::string& from, const std::string& to) {
    const long done = ::syscall(SYS_renameat2, at, from.c_str(), at, to.c_str(), RENAME_NOREPLACE);
    if (done == 0 || (errno != EINVAL && errno != ENOSYS)) return static_cast<int>(done);
    struct stat info {};   // the file system does not support RENAME_NOREPLACE
    if (::fstatat(at, to.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return errno = EEXIST, -1;
    return ::renameat(at, from.c_str(), at, to.c_str());
}

}   // namespace talos::posix
