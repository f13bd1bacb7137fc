#include "posix/files/tree_removal.hpp"

#include "posix/rights/unique_fd.hpp"
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr int deepest = 16;         // each level uses a descriptor; deeper directories are moved to the top first
constexpr int most_passes = 1000;   // other processes may add files during the removal

int open_same_device(int at, const char* name) {
    UniqueFd fd(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat here {};
    struct stat there {};
    if (!fd || ::fstat(at, &here) != 0 || ::fstat(fd.get(), &there) != 0) return -1;
    if (here.st_dev != there.st_dev) return errno = EXDEV, -1;
    return fd.release();
}

class Removal {
public:
    explicit Removal(int top) : top_(top) {}

    bool run() {
        for (int pass = 0; pass < most_passes; ++pass) {
            moved_ = false;
            const bool empty = clear(top_, 0);
            if (empty && !moved_) return true;
            if (!moved_) return false;
        }
        return false;
    }

private:
    /// Returns true if the directory is empty. A change during readdir(3) may hide entries, so the directory is read again until
    /// a pass removes nothing.
    bool clear(int directory, int depth) {
        for (int pass = 0; pass < most_passes; ++pass) {
            const int fd = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            const std::unique_ptr<DIR, int (*)(DIR*)> list(fd >= 0 ? ::fdopendir(fd) : nullptr, ::closedir);
            if (!list) return false;
            bool found = false;
            bool removed = false;
            while (const auto* entry = ::readdir(list.get())) {
                if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
                found = true;
                removed = remove(directory, entry->d_name, entry->d_type, depth) || removed;
            }
            if (!found) return true;
            if (!removed) return false;
        }
        return false;
    }

    /// Returns true if the name no longer exists.
    bool remove(int at, const char* name, unsigned char type, int depth) {
        if (type != DT_DIR) {
            if (::unlinkat(at, name, 0) == 0 || errno == ENOENT) return true;
            if (errno != EISDIR && errno != EPERM) return false;
        }
        if (::unlinkat(at, name, AT_REMOVEDIR) == 0) return true;
        if (errno != ENOTEMPTY && errno != EEXIST && errno != EACCES) return false;   // EBUSY is a mount point
        if (depth >= deepest) return move_up(at, name);
        const UniqueFd inner(open_writable(at, name));
        if (!inner) return false;
        (void)clear(inner.get(), depth + 1);
        return ::unlinkat(at, name, AT_REMOVEDIR) == 0;
    }

    /// An ordinary user, or root with that user's rights, cannot enter the user's own directories with mode 0. This function
    /// makes them accessible.
    static int open_writable(int at, const char* name) {
        constexpr mode_t owner_only = 0700;
        int fd = open_on_same_mount(at, name);
        if (fd < 0 && errno == EACCES && ::fchmodat(at, name, owner_only, 0) == 0) fd = open_on_same_mount(at, name);
        if (fd >= 0) (void)::fchmod(fd, owner_only);
        return fd;
    }

    bool move_up(int at, const char* name) {
        constexpr int attempts = 16;
        for (int i = 0; i < attempts; ++i) {
            const auto free = ".talos-" + std::to_string(++number_);
            if (::renameat(at, name, top_, free.c_str()) != 0) {
                if (errno == EEXIST || errno == ENOTEMPTY || errno == EISDIR || errno == ENOTDIR) continue;
                return false;
            }
            moved_ = true;
            return true;
        }
        return false;
    }

    int top_;
    bool moved_ = false;
    unsigned long number_ = 0;
};

}   // namespace

int open_on_same_mount(int at, const char* name) {
    open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    constexpr int attempts = 16;
    for (int i = 0; i < attempts; ++i) {
        const long fd = ::syscall(SYS_openat2, at, name, &how, sizeof how);
        if (fd >= 0) return static_cast<int>(fd);
        if (errno == ENOSYS || errno == EPERM) return open_same_device(at, name);   // an old kernel or a seccomp filter
        if (errno != EAGAIN && errno != EINTR) return -1;
    }
    return -1;
}

bool empty_directory(int directory) { return Removal(directory).run(); }

}   // namespace talos::posix
