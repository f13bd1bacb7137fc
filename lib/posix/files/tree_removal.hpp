#pragma once

namespace talos::posix {

/// Opens the directory `name` in `at` for reading, with O_CLOEXEC. Does not follow a symbolic link (ELOOP or ENOTDIR) and does
/// not cross a mount point (EXDEV). Returns -1 and sets errno on failure.
[[nodiscard]] int open_on_same_mount(int at, const char* name);

/// Removes the contents of a directory, on its own mount only. Links are not followed. Other processes may change the tree at the
/// same time: every entry is accessed by a single name in an open directory. Returns true if the directory is empty.
[[nodiscard]] bool empty_directory(int directory);

}   // namespace talos::posix
