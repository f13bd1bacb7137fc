#include "control/access.hpp"
#include "core/text.hpp"
#include "daemon/accounts.hpp"
#include <algorithm>
#include <optional>
#include <unistd.h>

namespace talos::control {
namespace {

using May = config::AccessRule::May;

Result<unsigned> user_id(const std::string& user) {
    const auto account = daemon::find_account(user);
    if (!account) return account.error();
    return account->uid;
}

/// Whether a peer is in a group; asks the database once, and only when its primary group does not settle it.
class Membership {
public:
    explicit Membership(const daemon::Asker& peer) : peer_(peer) {}
    [[nodiscard]] bool in(gid_t group) {
        if (peer_.gid == group) return true;
        if (!groups_) groups_ = daemon::groups_of(peer_.uid);
        return std::find(groups_->begin(), groups_->end(), group) != groups_->end();
    }

private:
    const daemon::Asker& peer_;
    std::optional<std::vector<gid_t>> groups_;
};

bool means(const std::string& pattern, const daemon::Named& worker) {
    return glob_match(pattern, worker.name) || (!worker.group.empty() && glob_match(pattern, worker.group));
}

bool includes(May granted, May what) { return granted == what || granted == May::control; }

}  // namespace

Result<Access> Access::resolve(const std::vector<config::AccessRule>& rules) {
    Access access;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        const bool group = rule.user.empty();
        const auto id = group ? daemon::find_group(rule.group) : user_id(rule.user);
        if (!id) {
            auto failure = id.error();
            failure.what.insert(0, "/access/" + std::to_string(i) + (group ? "/group: " : "/user: "));
            return failure;
        }
        access.rules_.push_back({group, *id, rule.may, rule.workers});
    }
    return access;
}

bool Access::is_owner(const daemon::Asker& peer) { return peer.uid == 0 || peer.uid == ::geteuid(); }

std::vector<bool> Access::may(const daemon::Asker& peer, May what, std::span<const daemon::Named> workers) const {
    std::vector<bool> answers(workers.size(), is_owner(peer));
    if (is_owner(peer)) return answers;
    Membership membership(peer);
    for (const auto& rule : rules_) {
        const bool fits = includes(rule.may, what) && (rule.group ? membership.in(rule.id) : peer.uid == rule.id);
        for (std::size_t i = 0; fits && i < workers.size(); ++i) answers[i] = answers[i] || means(rule.workers, workers[i]);
    }
    return answers;
}

bool Access::may(const daemon::Asker& peer, May what, const daemon::Named& worker) const {
    return may(peer, what, std::span(&worker, 1)).front();
}

bool Access::may(const daemon::Asker& peer, May what) const {
    if (is_owner(peer)) return true;
    Membership membership(peer);
    return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
        const bool fits = includes(rule.may, what) && rule.workers == "*";
        return fits && (rule.group ? membership.in(rule.id) : peer.uid == rule.id);
    });
}

namespace {

struct Needed {
    May operator()(const command::Status&) const { return May::read; }
    May operator()(const command::Config&) const { return May::control; }
    May operator()(const command::Workers&) const { return May::read; }
    May operator()(const command::Ask&) const { return May::control; }
    May operator()(const command::Act&) const { return May::control; }
    May operator()(const command::Signal&) const { return May::control; }
    May operator()(const command::Scale&) const { return May::control; }
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
