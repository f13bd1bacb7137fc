#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

/// Users in /etc/passwd only: for messages, and for talosctl, which is linked statically and cannot use other databases.
namespace talos::accounts {

/// The name of the uid; empty if the file has no entry.
[[nodiscard]] std::string local_name(uid_t uid);
/// The uid of a name, otherwise of a number in digits; nullopt if there is no such user.
[[nodiscard]] std::optional<uid_t> local_uid(std::string_view user);

/// The uid if `text` consists of its decimal digits only; nullopt for anything else and for (uid_t)-1.
[[nodiscard]] std::optional<uid_t> parse_uid(std::string_view text);

}   // namespace talos::accounts
