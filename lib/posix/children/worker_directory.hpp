#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <optional>
#include <string>
#include <sys/types.h>
#include <tuple>

/// Directories of a worker below a system directory (`/run`, `/var/lib`): created, and removed with their contents. The worker's
/// user can attack both operations, because it owns the directory and perhaps those around it.
namespace talos::posix {

struct DirectoryPlace {
    std::string base;   ///< absolute; belongs to the system or to talosd's own user
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

/// Creates the directory with this owner and mode. Missing parent directories are created and belong to talosd. No symbolic link
/// below the base is followed. An existing directory must belong to the owner; an empty one of talosd's user is given to the
/// owner. The contents keep their owners. A mount point of a file system that may hang is left unchanged. Fails with a message.
[[nodiscard]] Result<> make_directory(const DirectoryPlace& place, const DirectoryOwner& owner, mode_t mode);
/// Returns the failure of make_directory, as far as it can be predicted without creating anything.
[[nodiscard]] Result<> check_directory(const DirectoryPlace& place, uid_t owner);

/// A renamed directory that is to be removed.
struct TakenAway {
    UniqueFd parent;
    UniqueFd directory;
    uid_t owner = 0;    ///< of the directory
    std::string name;   ///< within the parent
    std::string path;
};
/// Renames the directory atomically, so that a new one can be created in its place at once. Returns nullopt if it does not exist
/// or is a mount point. Fails with a message if it is not a directory of that owner.
[[nodiscard]] Result<std::optional<TakenAway>> take_away(const DirectoryPlace& place, uid_t owner);

/// Removes the directory and its contents on the same file system. No symbolic link is followed. Returns true if nothing remains.
/// The time depends on the number of files. The number of descriptors is small, regardless of the depth.
[[nodiscard]] bool remove_all(const TakenAway& taken);
/// The same in a child, which exits with 0 if nothing remains and ends after at most one minute. The caller reaps it.
[[nodiscard]] Result<pid_t> remove_in_child(const TakenAway& taken);

}   // namespace talos::posix
