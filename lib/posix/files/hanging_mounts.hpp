#pragma once
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// File systems on which a system call may block forever: network file systems, and file systems that a process serves (FUSE). A
/// user can mount a FUSE file system over any directory that the user owns. A process with a thread blocked there cannot be
/// killed.
namespace talos::posix {

/// True if this mount namespace contains such a file system. The mount table is read once and again after each change; otherwise
/// the call costs one poll(2). The root file system is not counted, because nothing works without it. Not thread-safe.
[[nodiscard]] bool has_hanging_mounts();

/// True if `path` leads to such a file system. The function reads each link itself and never performs a lookup on such a file
/// system. If there is none, it returns false at the cost of has_hanging_mounts(). For a path that another user can change in the
/// meantime, use has_hanging_mounts().
[[nodiscard]] bool may_hang(const std::string& path);

/// True if `fd` (O_PATH is sufficient) is on such a file system. The file system is not contacted. The result stays valid when
/// other users mount file systems.
[[nodiscard]] bool is_on_hanging_mount(int fd);

/// openat(2) of `name` with O_PATH, O_NOFOLLOW and O_CLOEXEC. Returns -1 with EXDEV if the file is on such a file system.
[[nodiscard]] int open_path_at(int at, const char* name);

/// The mount points of such file systems, from the text of /proc/PID/mountinfo (see proc(5)). A FUSE mount is included if the
/// kernel lets `user` access it: `user` is the user of the mount, or the mount has allow_other. Pure.
[[nodiscard]] std::vector<std::string> hanging_mounts_in(std::string_view mountinfo, uid_t user);

}   // namespace talos::posix
