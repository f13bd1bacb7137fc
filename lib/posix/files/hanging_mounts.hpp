#pragma once
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// File systems on which a system call may never return: those of the network, and those that a process serves (FUSE). A user can mount
/// one of its own over any directory that it owns. A process with a thread that waits there cannot be killed.
namespace talos::posix {

/// True when this mount namespace has one. The table of mounts is read once and after each change; else this costs one poll(2). The root
/// directory's own file system does not count: without it nothing runs. Not thread-safe.
[[nodiscard]] bool has_hanging_mounts();

/// True when `path` leads to one. Its links are read one by one, and nothing is ever looked up on such a file system. False where there is
/// none, for the price of has_hanging_mounts. What another user can change meanwhile needs has_hanging_mounts instead.
[[nodiscard]] bool may_hang(const std::string& path);

/// True when `fd`, which may be O_PATH, is on one: nothing is asked of the file system. What it is on cannot change, whatever others mount
/// meanwhile.
[[nodiscard]] bool is_on_hanging_mount(int fd);

/// openat(2) of `name` with O_PATH, O_NOFOLLOW and O_CLOEXEC, but never of what is on such a file system: -1 and EXDEV.
[[nodiscard]] int open_path_at(int at, const char* name);

/// Where they are mounted, in the words of /proc/PID/mountinfo (see proc(5)). A FUSE mount counts when the kernel lets `user` use it: it is
/// the mount's own user, or the mount has allow_other. Pure.
[[nodiscard]] std::vector<std::string> hanging_mounts_in(std::string_view mountinfo, uid_t user);

}   // namespace talos::posix
