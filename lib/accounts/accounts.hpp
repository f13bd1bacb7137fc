// accounts: Users and groups by name and number, and the rights that they have.
// passwd.hpp reads the local files only, for the static talosctl.
// Begin with accounts.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/rights/child_attributes.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

/// Users and groups as the system's databases know them (nsswitch.conf(5)): looked up each time, which may ask a network.
namespace talos::accounts {

struct Account {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;   ///< the number's digits for one that no database knows
    std::string home;   ///< empty for such a one, as is `shell`; its gid is its uid
    std::string shell;
    bool known = false;
};

/// Why a worker cannot run as a number that no database knows, unless its group is given, too.
[[nodiscard]] std::string group_missing_sentence(const std::string& user);

/// By name first, as other tools do (names may be digits), else by number. Fails for a name that is not there, with words.
[[nodiscard]] Result<Account> find_account(const std::string& user);
[[nodiscard]] Result<gid_t> find_group(const std::string& group);

/// The groups that the database puts the user in, the primary one included; none for a user that it does not know.
[[nodiscard]] std::vector<gid_t> groups_of(const Account& account);
/// The same by number; none when it is not known.
[[nodiscard]] std::vector<gid_t> groups_of(uid_t uid);

/// With which rights root uses a user's files: the group is `nogroup` for a number that is not known.
[[nodiscard]] posix::Credentials credentials_of(uid_t uid);

}   // namespace talos::accounts
