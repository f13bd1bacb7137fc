#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

/// Users by /etc/passwd alone, for talosctl, which is linked statically and so asks no other database, and for messages.
namespace talos::accounts {

/// The name of the uid; empty when the file has none.
[[nodiscard]] std::string local_name(uid_t uid);
/// The uid of a name, else of digits; nothing when there is no such name.
[[nodiscard]] std::optional<uid_t> local_uid(std::string_view user);

/// The uid that the whole of `text` spells in decimal digits; nothing for anything else, or for (uid_t)-1.
[[nodiscard]] std::optional<uid_t> parse_uid(std::string_view text);

}   // namespace talos::accounts
