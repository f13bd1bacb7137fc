#pragma once
#include "posix/files/inspect.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

/// Owners and modes as they appear in messages.
namespace talos::accounts {

/// `www-data (uid 33)`, or `uid 1234` for a user that is not in /etc/passwd.
[[nodiscard]] std::string owner_text(uid_t uid);
/// `0644`
[[nodiscard]] std::string mode_text(mode_t mode);

/// `directory /srv/app belongs to alice (uid 1000), mode 0755`; `/srv/talos.json can be written by its group (owner root (uid 0),
/// mode 0664)`.
[[nodiscard]] std::string to_text(const posix::Objection& objection);
/// All objections and what to do: "…; `--trust-owner alice` accepts files of this user; `chmod go-w A B` closes them to others".
[[nodiscard]] std::string to_text(const std::vector<posix::Objection>& objections);
/// `--trust-owner alice`, or the number for a user that is not in /etc/passwd.
[[nodiscard]] std::string trust_option(uid_t owner);

}   // namespace talos::accounts
