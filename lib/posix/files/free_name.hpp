#pragma once
#include <string>

namespace talos::posix {

/// renameat(2) within one directory that never replaces a file: fails with EEXIST if `to` exists. Returns 0, or -1 and sets
/// errno.
[[nodiscard]] int rename_to_free_name(int at, const std::string& from, const std::string& to);

}   // namespace talos::posix
