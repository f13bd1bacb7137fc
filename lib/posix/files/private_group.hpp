#pragma once
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>

/// Files that are writable for a group with the owner as its only member. Many systems give each user a private group and use
/// umask 002, so every new file is group-writable.
namespace talos::posix {

/// Whether `group` is the private group of `user`: the primary group of that user, with the same name as the user, no other
/// listed member, and not the primary group of another user. Only /etc/passwd and /etc/group are read. The result is false in
/// case of doubt, for example if an entry refers to another database (`+`). Root has no private group, because processes of other
/// users often run with gid 0.
[[nodiscard]] bool is_private_group(gid_t group, uid_t user);
/// The same for the given texts of both files.
[[nodiscard]] bool is_private_group(gid_t group, uid_t user, std::string_view passwd, std::string_view groups);

/// The bits of S_IWGRP and S_IWOTH that let users other than the owner write; 0 if only the owner can. Write permission for the
/// owner's private group is ignored unless the file has an access control list, which may name other users. `fd` refers to the
/// file (O_PATH is sufficient).
[[nodiscard]] mode_t writable_by_others(int fd, const struct stat& info);

}   // namespace talos::posix
