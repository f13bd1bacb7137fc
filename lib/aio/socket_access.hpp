#pragma once
#include "core/result.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::aio {

/// Lets these users, beside this process's own and root, send to the socket file `name` of the directory, where only this process's user
/// can write: the first becomes its owner, the others get an entry each in its access control list (acl(5)). Mode 0600 is kept for the
/// owner. Those that may send anyway are left out.
[[nodiscard]] Result<> give_access(int directory, const std::string& name, const std::vector<uid_t>& users);

}   // namespace talos::aio
