#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

/// Which users could have written what a path leads to: the file, the links and the directories on the way.
namespace talos::posix {

/// A file, link or directory that a user outside the given owners can change.
struct Objection {
    std::string path;   ///< resolved as far as the walk had come
    uid_t owner = 0;
    mode_t mode = 0;      ///< permission bits
    mode_t writers = 0;   ///< of S_IWGRP and S_IWOTH, those by which others than the owner can write it
    bool link = false;    ///< its mode means nothing
    bool directory = false;
    bool foreign = false;   ///< its owner is none of the given ones; if false, there are writers
};

struct Inspected {
    UniqueFd file;                       ///< the file itself, opened with the given flags
    std::vector<Objection> objections;   ///< all of them, each path once, as they were met
    std::vector<uid_t> met;              ///< the owners of what was judged, each once
};

/// Opens `path` (absolute) component by component; each link is read and walked by this function, not by the kernel. Every component
/// has to belong to root or one of `owners`, and no other user may write it (see writable_by_others). Others may write a sticky directory:
/// what lies in it is judged by its own owner. What was judged is what was opened. Links below /proc (/dev/stdin) are followed by the kernel: only the
/// target is judged. In a user namespace, directories of users outside it count as root's.
/// `flags`: of open(2) for the last component (O_PATH: only judge it). Fails like open(2), and with ELOOP past 40 links.
[[nodiscard]] Result<Inspected> inspect(const std::string& path, const std::vector<uid_t>& owners, int flags);

}   // namespace talos::posix
