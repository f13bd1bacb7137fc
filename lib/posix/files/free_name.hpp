#pragma once
#include <string>

namespace talos::posix {

/// renameat(2) within a directory that never replaces anything: EEXIST when there is something of that name. 0, or -1 and errno.
[[nodiscard]] int rename_to_free_name(int at, const std::string& from, const std::string& to);

}   // namespace talos::posix
