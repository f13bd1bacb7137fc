#include "accounts/accounts.hpp"
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <grp.h>
#include <limits>
#include <optional>
#include <pwd.h>

namespace talos::accounts {
namespace {

constexpr std::size_t largest_entry = 1u << 20;   // for one database entry: a group can have many members
constexpr int most_groups = 1 << 16;              // NGROUPS_MAX

/// Calls a `get…_r` lookup with a growing buffer until the entry fits. Returns false when the entry does not exist.
template <class Entry, class Lookup>
Result<bool> look_up(std::vector<char>& buffer, Entry& entry, const Lookup& lookup) {
    for (buffer.resize(1024);; buffer.resize(2 * buffer.size())) {
        Entry* found = nullptr;
        const int error = lookup(&entry, buffer.data(), buffer.size(), &found);
        if (error == ERANGE && buffer.size() < largest_entry) continue;
        if (error == EINTR) continue;
        // The error codes by which the name sources report "not found" (getpwnam(3)).
        const bool absent = error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
        if (!absent) return failure_of(error, "look up");
        return found != nullptr;
    }
}

std::optional<unsigned> as_number(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && number != std::numeric_limits<unsigned>::max() ? std::optional{number}
                                                                   : std::nullopt;   // (uid_t)-1 is never a user
}

Account account_of(const passwd& entry) {
    return {entry.pw_uid, entry.pw_gid, entry.pw_name, entry.pw_dir, entry.pw_shell, true};
}

Failure not_found(std::string_view kind, const std::string& name, const Result<bool>& found) {
    const std::string what = std::string(kind) + " \"" + name + "\"";
    return found ? refused("there is no " + what) : Failure{found.error().code, "look up the " + what};
}

}   // namespace

std::string group_missing_sentence(const std::string& user) {
    return "the user " + user + " is in no user database: \"group\" must be given as well";
}

Result<Account> find_account(const std::string& user) {
    std::vector<char> buffer;
    passwd entry{};
    const auto by_name = look_up(buffer, entry, [&](auto... arguments) { return ::getpwnam_r(user.c_str(), arguments...); });
    if (by_name && *by_name) return account_of(entry);
    const auto number = as_number(user);
    if (!number) return not_found("user", user, by_name);
    const auto by_number = look_up(buffer, entry, [&](auto... arguments) { return ::getpwuid_r(*number, arguments...); });
    if (by_number && *by_number) return account_of(entry);
    return Account{*number, *number, std::to_string(*number), {}, {}, false};
}

Result<gid_t> find_group(const std::string& name) {
    std::vector<char> buffer;
    group entry{};
    const auto found = look_up(buffer, entry, [&](auto... arguments) { return ::getgrnam_r(name.c_str(), arguments...); });
    if (found && *found) return entry.gr_gid;
    if (const auto number = as_number(name)) return *number;
    return not_found("group", name, found);
}

std::vector<gid_t> groups_of(const Account& account) {
    if (!account.known) return {};   // without an account, the number is not a group either: 27 would be sudo
    std::vector<gid_t> groups;
    for (int size = 32; size <= most_groups;) {
        groups.resize(static_cast<std::size_t>(size));
        int count = size;
        const bool complete = ::getgrouplist(account.name.c_str(), account.gid, groups.data(), &count) >= 0;
        groups.resize(static_cast<std::size_t>(std::max(count, 0)));
        if (complete) return groups;
        size = std::max(count, 2 * size);
    }
    return {account.gid};
}

std::vector<gid_t> groups_of(uid_t uid) {
    std::vector<char> buffer;
    passwd entry{};
    const auto found = look_up(buffer, entry, [&](auto... arguments) { return ::getpwuid_r(uid, arguments...); });
    return found && *found ? groups_of(account_of(entry)) : std::vector<gid_t>{};
}

posix::Credentials credentials_of(uid_t uid) {
    constexpr gid_t nogroup = 65534;
    std::vector<char> buffer;
    passwd entry{};
    const auto found = look_up(buffer, entry, [&](auto... arguments) { return ::getpwuid_r(uid, arguments...); });
    if (!found || !*found) return {uid, nogroup, {}, "uid " + std::to_string(uid)};
    const auto account = account_of(entry);
    return {uid, account.gid, groups_of(account), account.name};
}

}   // namespace talos::accounts
