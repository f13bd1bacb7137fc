#include "control/access.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <grp.h>
#include <limits>
#include <optional>
#include <pwd.h>
#include <unistd.h>

namespace talos::control {
namespace {

using May = config::AccessRule::May;

constexpr std::size_t largest_entry = 1u << 20;   // of the databases: a group can have many members
constexpr int most_groups = 1 << 16;              // NGROUPS_MAX

/// Calls a lookup of the `get…_r` kind with a buffer that grows until the entry fits; nothing when there is no entry.
template <class Entry, class Look>
Result<bool> look_up(std::vector<char>& buffer, Entry& entry, const Look& look) {
    for (buffer.resize(1024);; buffer.resize(2 * buffer.size())) {
        Entry* found = nullptr;
        const int error = look(&entry, buffer.data(), buffer.size(), &found);
        if (error == ERANGE && buffer.size() < largest_entry) continue;
        if (error == EINTR) continue;
        // These are how the various sources of names say "not found" (getpwnam(3)).
        const bool absent = error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
        if (!absent) return failure_of(error, "look up");
        return found != nullptr;
    }
}

std::optional<unsigned> as_number(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && number != std::numeric_limits<unsigned>::max() ? std::optional{number} : std::nullopt;   // (uid_t)-1 is nobody's
}

/// A name first, as other tools do: names may be digits.
Result<unsigned> id_of(const std::string& name, const Result<std::optional<unsigned>>& looked_up, std::string_view kind) {
    if (looked_up && *looked_up) return **looked_up;
    if (const auto number = as_number(name)) return *number;
    if (!looked_up) return Failure{looked_up.error().code, "look up the " + std::string(kind) + " \"" + name + "\""};
    return refused("there is no " + std::string(kind) + " \"" + name + "\"");
}

Result<unsigned> user_id(const std::string& name) {
    std::vector<char> buffer;
    passwd entry{};
    const auto found = look_up(buffer, entry, [&](auto... arguments) { return ::getpwnam_r(name.c_str(), arguments...); });
    if (!found) return id_of(name, found.error(), "user");
    return id_of(name, *found ? std::optional<unsigned>{entry.pw_uid} : std::nullopt, "user");
}

Result<unsigned> group_id(const std::string& name) {
    std::vector<char> buffer;
    group entry{};
    const auto found = look_up(buffer, entry, [&](auto... arguments) { return ::getgrnam_r(name.c_str(), arguments...); });
    if (!found) return id_of(name, found.error(), "group");
    return id_of(name, *found ? std::optional<unsigned>{entry.gr_gid} : std::nullopt, "group");
}

/// The groups that the database puts the user in; none for a user that it does not know.
std::vector<gid_t> groups_of(uid_t uid) {
    std::vector<char> buffer;
    passwd entry{};
    const auto found = look_up(buffer, entry, [&](auto... arguments) { return ::getpwuid_r(uid, arguments...); });
    if (!found || !*found) return {};
    std::vector<gid_t> groups;
    for (int size = 32; size <= most_groups;) {
        groups.resize(static_cast<std::size_t>(size));
        int count = size;
        const bool complete = ::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) >= 0;
        groups.resize(static_cast<std::size_t>(std::max(count, 0)));
        if (complete) return groups;
        size = std::max(count, 2 * size);
    }
    return {};
}

/// Whether a peer is in a group; asks the database once, and only when its primary group does not settle it.
class Membership {
public:
    explicit Membership(const daemon::Asker& peer) : peer_(peer) {}
    [[nodiscard]] bool in(gid_t group) {
        if (peer_.gid == group) return true;
        if (!groups_) groups_ = groups_of(peer_.uid);
        return std::find(groups_->begin(), groups_->end(), group) != groups_->end();
    }

private:
    const daemon::Asker& peer_;
    std::optional<std::vector<gid_t>> groups_;
};

bool may_all(const daemon::Asker& peer) { return peer.uid == 0 || peer.uid == ::geteuid(); }

bool includes(May granted, May what) { return granted == what || granted == May::control; }

}  // namespace

Result<Access> Access::resolve(const std::vector<config::AccessRule>& rules) {
    Access access;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        const bool group = rule.user.empty();
        const auto id = group ? group_id(rule.group) : user_id(rule.user);
        if (!id) {
            auto failure = id.error();
            failure.what.insert(0, "/access/" + std::to_string(i) + (group ? "/group: " : "/user: "));
            return failure;
        }
        access.rules_.push_back({group, *id, rule.may, rule.workers});
    }
    return access;
}

std::vector<bool> Access::may(const daemon::Asker& peer, May what, std::span<const std::string> workers) const {
    std::vector<bool> answers(workers.size(), may_all(peer));
    if (may_all(peer)) return answers;
    Membership membership(peer);
    for (const auto& rule : rules_) {
        const bool fits = includes(rule.may, what) && (rule.group ? membership.in(rule.id) : peer.uid == rule.id);
        for (std::size_t i = 0; fits && i < workers.size(); ++i) answers[i] = answers[i] || glob_match(rule.workers, workers[i]);
    }
    return answers;
}

bool Access::may(const daemon::Asker& peer, May what, std::string_view worker) const {
    const std::array name{std::string(worker)};
    return may(peer, what, name).front();
}

bool Access::may(const daemon::Asker& peer, May what) const {
    if (may_all(peer)) return true;
    Membership membership(peer);
    return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
        const bool fits = includes(rule.may, what) && rule.workers == "*";
        return fits && (rule.group ? membership.in(rule.id) : peer.uid == rule.id);
    });
}

namespace {

struct Needed {
    May operator()(const command::Status&) const { return May::read; }
    May operator()(const command::Workers&) const { return May::read; }
    May operator()(const command::Ask&) const { return May::control; }
    May operator()(const command::Signal&) const { return May::control; }
    May operator()(const command::Logs&) const { return May::read; }
    May operator()(const command::Events&) const { return May::read; }
    May operator()(const command::Reload&) const { return May::control; }
    May operator()(const command::Shutdown&) const { return May::control; }
    May operator()(const command::Live&) const { return May::read; }
    May operator()(const command::Ready&) const { return May::read; }
    May operator()(const command::Metrics&) const { return May::read; }
};

}  // namespace

May needed(const Command& command) { return std::visit(Needed{}, command); }

}  // namespace talos::control
