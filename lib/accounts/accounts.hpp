// accounts: Users and groups by name and number, and their rights. passwd.hpp reads only the local files, for the static
// talosctl. Begin with accounts.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/rights/child_attributes.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

/// Users and groups in the system's databases (nsswitch.conf(5)). Nothing is cached; a lookup may query a network service.
namespace talos::accounts {

struct Account {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;   ///< the number in digits if no database knows it
    std::string home;   ///< empty for an unknown number, as is `shell`; an unknown number uses its uid as gid
    std::string shell;
    bool known = false;
};

/// Why a worker cannot run as a number that no database knows unless its group is given.
[[nodiscard]] std::string group_missing_sentence(const std::string& user);

/// Looks up the name first, as other tools do (a name may consist of digits), then the number. Fails with a sentence if neither
/// exists.
[[nodiscard]] Result<Account> find_account(const std::string& user);
[[nodiscard]] Result<gid_t> find_group(const std::string& group);

/// The groups of the user in the database, the primary group included. Empty for an unknown user.
[[nodiscard]] std::vector<gid_t> groups_of(const Account& account);
/// The same by number. Empty for an unknown number.
[[nodiscard]] std::vector<gid_t> groups_of(uid_t uid);

/// The rights with which root accesses a user's files. The group of an unknown number is `nogroup`.
[[nodiscard]] posix::Credentials credentials_of(uid_t uid);

}   // namespace talos::accounts
