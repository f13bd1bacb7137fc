#pragma once
#include "posix/files/inspect.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

/// Owners and modes as messages name them.
namespace talos::accounts {

/// `www-data (uid 33)`; `uid 1234` for one that /etc/passwd does not have.
[[nodiscard]] std::string owner_text(uid_t uid);
/// `0644`
[[nodiscard]] std::string mode_text(mode_t mode);

/// `directory /srv/app belongs to alice (uid 1000), mode 0755`; `/srv/talos.json can be written by its group (owner root (uid 0), mode 0664)`.
[[nodiscard]] std::string to_text(const posix::Objection& objection);
/// All of them, and what to do: "…; `--trust-owner alice` accepts files of this user; `chmod go-w A B` closes them to others".
[[nodiscard]] std::string to_text(const std::vector<posix::Objection>& objections);
/// `--trust-owner alice`; the number for a user that /etc/passwd does not have.
[[nodiscard]] std::string trust_option(uid_t owner);

}   // namespace talos::accounts
