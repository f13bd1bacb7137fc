#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <optional>
#include <string>
#include <sys/types.h>
#include <tuple>

/// Directories of a worker's own below one of the system (`/run`, `/var/lib`): made, and removed with all that is in them. The worker's user may
/// attack both at any time: it owns the directory, and perhaps those around it.
namespace talos::posix {

struct DirectoryPlace {
    std::string base;   ///< absolute; of the system, or of talosd's own user
    std::string name;   ///< relative, without `..`
    [[nodiscard]] std::string path() const { return base + '/' + name; }
    friend bool operator==(const DirectoryPlace&, const DirectoryPlace&) = default;
    friend bool operator<(const DirectoryPlace& a, const DirectoryPlace& b) {
        return std::tie(a.base, a.name) < std::tie(b.base, b.name);
    }
};

struct DirectoryOwner {
    uid_t uid;
    gid_t gid;
};

/// The directory is there with this owner and mode when this returns. Missing ones on the way to it are made and are talosd's own. No symbolic link
/// below the base is followed. A directory that exists must be the owner's; an empty one of talosd's user is given to it. What is in it keeps its owner.
/// A mount point of a file system that may not answer is left as it is. Fails with words.
[[nodiscard]] Result<> make_directory(const DirectoryPlace& place, const DirectoryOwner& owner, mode_t mode);
/// What that would fail with, as far as it can be told without making anything.
[[nodiscard]] Result<> check_directory(const DirectoryPlace& place, uid_t owner);

/// A directory that has lost its name and is to be removed.
struct TakenAway {
    UniqueFd parent;
    UniqueFd directory;
    uid_t owner = 0;    ///< of the directory
    std::string name;   ///< in the parent
    std::string path;
};
/// Renames the directory, in one step, so that another one can be made in its place at once. Nothing where there is none, or where it is a mount point.
/// Fails with words for what is not a directory of that owner.
[[nodiscard]] Result<std::optional<TakenAway>> take_away(const DirectoryPlace& place, uid_t owner);

/// Removes it with all that is in it, on its own file system only. No symbolic link is followed. True when nothing is left.
/// It takes as long as there are files; with few descriptors, however deep they lie.
[[nodiscard]] bool remove_all(const TakenAway& taken);
/// The same in a child, which exits with 0 when nothing is left, and ends by itself after a minute. The caller reaps it.
[[nodiscard]] Result<pid_t> remove_in_child(const TakenAway& taken);

}   // namespace talos::posix
