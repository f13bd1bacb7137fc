#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

/// Finds the users that can change the file a path leads to, through the file, its links or its directories.
namespace talos::posix {

/// A file, link or directory that a user other than the given owners can change.
struct Objection {
    std::string path;   ///< resolved up to this component
    uid_t owner = 0;
    mode_t mode = 0;      ///< permission bits
    mode_t writers = 0;   ///< the bits of S_IWGRP and S_IWOTH that let users other than the owner write
    bool link = false;    ///< a symbolic link; its mode is meaningless
    bool directory = false;
    bool foreign = false;   ///< the owner is not one of the given owners; otherwise `writers` is not 0
};

struct Inspected {
    UniqueFd file;                       ///< the target, opened with the given flags
    std::vector<Objection> objections;   ///< all objections in the order of the walk, each path once
    std::vector<uid_t> met;              ///< the owners of all checked components, each once
};

/// Opens the absolute `path` component by component. The function reads and follows each link itself instead of the kernel. Every
/// component must belong to root or one of `owners`, and no other user may have write permission (see writable_by_others). Sticky
/// directories may be writable for others: their entries are judged by their own owner. The checked components are the ones that
/// were opened. The kernel follows links below /proc (/dev/stdin), so only their target is checked. In a user namespace, a
/// directory of a user outside it counts as root's.
/// `flags` are those of open(2) for the last component (O_PATH: only check). Fails like open(2), and with ELOOP after more than
/// 40 links.
[[nodiscard]] Result<Inspected> inspect(const std::string& path, const std::vector<uid_t>& owners, int flags);

}   // namespace talos::posix
