#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

/// Resolves paths to directories that other users can influence, one component at a time.
namespace talos::posix {

struct WalkedDirectory {
    UniqueFd fd;   ///< O_PATH
    struct stat info {};
    std::vector<uid_t> owners;   ///< of each directory from the root (or the working directory) to this one
    bool missing = false;        ///< only with `rehearse`: it is the last one that exists, and more can be made below it
    std::string rest;            ///< only with `to_foreign`: the way from there on, relative
};

/// Whether users other than the owner and root can write the file or directory. For root, a group counts as other users.
[[nodiscard]] bool others_may_write(const struct stat& info);
/// The same for the file behind `fd`, without the owner's private group (see writable_by_others()).
[[nodiscard]] bool others_may_write(int fd, const struct stat& info);

/// Whether stat(2) shows this uid for, and only for, users that have no number in this user namespace.
[[nodiscard]] bool is_outside_namespace(uid_t uid);
/// Whether the owner is root, talosd's user, or a user outside this user namespace.
[[nodiscard]] bool is_trusted_owner(uid_t owner);

/// The user whose rights root uses in this directory: the first owner, from the directory upward, that is neither root nor
/// talosd's user. nullopt means talosd's own rights. An ordinary user always uses its own rights.
[[nodiscard]] std::optional<uid_t> acting_owner(const std::vector<uid_t>& owners);

struct WalkOptions {
    enum class Make { no, as_owner, as_self };
    Make make = Make::no;      ///< missing directories are made (0700): with the rights of acting_owner() and not where others
                               ///< than the owner can write, or with talosd's own
    bool any_link = false;     ///< also links in directories that others can write are followed
    bool rehearse = false;     ///< fails as with `make`, and makes nothing
    bool to_foreign = false;   ///< ends at the first directory of an owner who is not trusted
};
/// Follows a symbolic link only if no user other than root and talosd's user can write the directory that contains it. Fails with
/// ELOOP for another link.
[[nodiscard]] Result<WalkedDirectory> walk(const std::string& path, WalkOptions options);

/// The first directory on the way to `path` that root uses with another user's rights. Nothing is looked up in that directory or below it.
struct ForeignDirectory {
    uid_t owner = 0;
    UniqueFd fd;        ///< O_PATH
    std::string rest;   ///< the way from it to `path`
};
/// Nothing where there is none, where the way there fails, and for another user than root.
[[nodiscard]] std::optional<ForeignDirectory> find_foreign_directory(const std::string& path);
/// From here on a walk to exactly this `path` begins at `fd` and goes on by `rest`: for a process that may not search the directories above. One for the
/// process; the next call for the same path replaces it.
void walk_from(const std::string& path, UniqueFd fd, const std::string& rest);
/// No longer so.
void forget_walk_from(const std::string& path);

/// Whether the rights in use allow `mode` (R_OK, W_OK, X_OK) on a name in the directory. True where the kernel cannot be asked (faccessat2,
/// Linux 5.8): the use itself will tell.
[[nodiscard]] bool may_access(int at, const std::string& name, int mode);

/// `users other than its owner can write to the directory /var/log (owner root, gid 104, mode 0775)`
[[nodiscard]] std::string shared_directory_sentence(const std::string& path, const struct stat& info);

/// `a directory`, `a FIFO`, `a symbolic link`, `a socket`, `a device`, `a file`.
[[nodiscard]] const char* kind_of(mode_t mode);
/// The target of the link; empty if it is not a link.
[[nodiscard]] std::string link_target(int at, const std::string& name);

}   // namespace talos::posix
