#pragma once

namespace talos::posix {

/// Opens a directory by its name in another one for reading, with O_CLOEXEC. Neither a symbolic link nor a mount point is followed: ELOOP or
/// ENOTDIR, and EXDEV. -1 and errno.
[[nodiscard]] int open_on_same_mount(int at, const char* name);

/// Removes all that is in a directory, on its own mount only. No symbolic link is followed. Others may change the tree meanwhile: nothing is
/// ever reached but by one name in a directory that is open. True when nothing is left.
[[nodiscard]] bool empty_directory(int directory);

}   // namespace talos::posix
