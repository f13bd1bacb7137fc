#pragma once
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>

/// Files that a group can write although only their owner is in it: with a umask of 002, as many systems have it for users with a group
/// of their own, every new file is one.
namespace talos::posix {

/// Whether `group` is the private group of `user`: it is the user's primary group, has the user's name, lists no other member, and is the
/// primary group of no other user. /etc/passwd and /etc/group alone are read; an entry that leaves the question to another database (`+`)
/// makes the answer no, as everything does that is not certain. Root has no private group: processes of other users often have gid 0.
[[nodiscard]] bool is_private_group(gid_t group, uid_t user);
/// The same by the text of both files.
[[nodiscard]] bool is_private_group(gid_t group, uid_t user, std::string_view passwd, std::string_view groups);

/// Of S_IWGRP and S_IWOTH, those that let others than the owner write; 0: the owner alone can. The write bit of the owner's private group
/// does not count, unless the file has an access control list, which may name others. `fd` is open at the file (O_PATH suffices).
[[nodiscard]] mode_t writable_by_others(int fd, const struct stat& info);

}   // namespace talos::posix
