#include "http/routes/access.hpp"
#include "accounts/accounts.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <optional>
#include <unistd.h>

namespace talos::http {
namespace {

using May = config::AccessRule::May;

Result<unsigned> user_id(const std::string& user) {
    const auto account = accounts::find_account(user);
    if (!account) return account.error();
    return account->uid;
}

/// Whether a peer is in a group. Reads the database at most once, and only if the primary group does not decide it.
class Membership {
public:
    explicit Membership(const state::Requester& peer) : peer_(peer) {}
    [[nodiscard]] bool in(gid_t group) {
        if (peer_.gid == group) return true;
        if (!groups_) groups_ = accounts::groups_of(peer_.uid);
        return std::find(groups_->begin(), groups_->end(), group) != groups_->end();
    }

private:
    const state::Requester& peer_;
    std::optional<std::vector<gid_t>> groups_;
};

bool means(const std::string& pattern, const api::Named& worker) {
    return glob_match(pattern, worker.name) || (!worker.group.empty() && glob_match(pattern, worker.group));
}

bool includes(May granted, May what) { return granted == what || granted == May::control; }

}   // namespace

Result<Access> Access::resolve(const std::vector<config::AccessRule>& rules) {
    Access access;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        const bool group = rule.user.empty();
        const auto id = group ? accounts::find_group(rule.group) : user_id(rule.user);
        if (!id) {
            auto failure = id.error();
            failure.what.insert(0, "/access/" + std::to_string(i) + (group ? "/group: " : "/user: "));
            return failure;
        }
        access.rules_.push_back({group, *id, rule.may, rule.workers});
    }
    return access;
}

bool Access::is_owner(const state::Requester& peer) { return peer.uid == 0 || peer.uid == ::geteuid(); }

std::vector<bool> Access::may(const state::Requester& peer, May what, std::span<const api::Named> workers) const {
    std::vector<bool> answers(workers.size(), is_owner(peer));
    if (is_owner(peer)) return answers;
    Membership membership(peer);
    for (const auto& rule : rules_) {
        const bool fits = includes(rule.may, what) && (rule.group ? membership.in(rule.id) : peer.uid == rule.id);
        for (std::size_t i = 0; fits && i < workers.size(); ++i) answers[i] = answers[i] || means(rule.workers, workers[i]);
    }
    return answers;
}

bool Access::may(const state::Requester& peer, May what, const api::Named& worker) const {
    return may(peer, what, std::span(&worker, 1)).front();
}

bool Access::may(const state::Requester& peer, May what) const {
    if (is_owner(peer)) return true;
    Membership membership(peer);
    return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
        const bool fits = includes(rule.may, what) && rule.workers == "*";
        return fits && (rule.group ? membership.in(rule.id) : peer.uid == rule.id);
    });
}

namespace {

struct Needed {
    May operator()(const api::command::Status&) const { return May::read; }
    May operator()(const api::command::Config&) const { return May::control; }
    May operator()(const api::command::Workers&) const { return May::read; }
    May operator()(const api::command::Ask&) const { return May::control; }
    May operator()(const api::command::Act&) const { return May::control; }
    May operator()(const api::command::Signal&) const { return May::control; }
    May operator()(const api::command::Scale&) const { return May::control; }
    May operator()(const api::command::Logs&) const { return May::read; }
    May operator()(const api::command::Events&) const { return May::read; }
    May operator()(const api::command::Reload&) const { return May::control; }
    May operator()(const api::command::Shutdown&) const { return May::control; }
    May operator()(const api::command::Live&) const { return May::read; }
    May operator()(const api::command::Ready&) const { return May::read; }
    May operator()(const api::command::Metrics&) const { return May::read; }
};

}   // namespace

May needed(const api::Command& command) { return std::visit(Needed{}, command); }

}   // namespace talos::http
