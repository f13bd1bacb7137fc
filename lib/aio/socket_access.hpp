#pragma once
#include "core/result.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::aio {

/// Gives these users access to the socket file `name` in the directory, in addition to this process's user and root. Only this
/// process's user may have write access to the directory. The first user becomes the owner of the socket; each other one gets an
/// entry in its access control list (acl(5)). The owner keeps mode 0600. Users that have access anyway are skipped.
[[nodiscard]] Result<> give_access(int directory, const std::string& name, const std::vector<uid_t>& users);

}   // namespace talos::aio
