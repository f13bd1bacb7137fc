#include "posix/files/file_lock.hpp"
#include <fcntl.h>

namespace talos::posix {
namespace {

struct flock whole_file() {
    struct flock lock {};   // OFD locks require l_pid 0
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

}   // namespace

Result<LockState> try_lock(const UniqueFd& fd) {
    struct flock lock = whole_file();
    if (::fcntl(fd.get(), F_OFD_SETLK, &lock) == 0) return LockState::free;
    if (errno == EAGAIN || errno == EACCES) return LockState::held;
    return last_error("fcntl F_OFD_SETLK");
}

Result<LockState> query_lock(const UniqueFd& fd) {
    struct flock lock = whole_file();
    if (::fcntl(fd.get(), F_OFD_GETLK, &lock) < 0) return last_error("fcntl F_OFD_GETLK");
    return lock.l_type == F_UNLCK ? LockState::free : LockState::held;
}

}   // namespace talos::posix
