#include "http/server/host.hpp"
#include <algorithm>
#include <sys/resource.h>

namespace talos::http {

namespace {

// Limits for recording refusals of one user in the history: burst and rate per second.
constexpr Allowance::Rate refusals{20, 0.1};
constexpr Allowance::Rate commands{100, 1};
constexpr double longest_command_turn = 60;   // seconds
constexpr std::size_t most_users = 1000;

constexpr int others_share = 4;                          // an answer's time is followed by this multiple of it for others
constexpr std::chrono::milliseconds most_charged{250};   // maximum charge for one answer: it may have waited for others

}   // namespace

std::shared_ptr<api::EventFeed> Host::event_feed() {
    auto feed = feed_.lock();
    if (!feed) {
        feed = std::make_shared<api::EventFeed>(service.event_bus(), limits.follower_bytes);
        feed_ = feed;
    }
    return feed;
}

Allowance& Host::of_user(Allowances& allowances, uid_t user, Allowance::Rate rate) {
    if (allowances.size() >= most_users) allowances.clear();
    return allowances.try_emplace(user, rate, std::chrono::steady_clock::now()).first->second;
}

void Host::refused(const state::Requester& requester, const std::string& what) {
    if (of_user(refusals_, requester.uid, refusals).take(std::chrono::steady_clock::now())) service.refused(requester, what);
}

bool Host::may_connect(const state::Requester& newcomer) {
    if (Access::is_owner(newcomer)) return true;
    const Allowance::Rate connects{static_cast<double>(limits.connects_at_once), static_cast<double>(limits.connects_per_second)};
    return of_user(connects_, newcomer.uid, connects).take(std::chrono::steady_clock::now());
}

SteadyTime Host::command_turn_of(const state::Requester& peer) {
    if (Access::is_owner(peer)) return SteadyTime::min();
    return of_user(commands_, peer.uid, commands).next(std::chrono::steady_clock::now());
}

void Host::commanded(const state::Requester& peer, std::size_t workers) {
    if (Access::is_owner(peer)) return;
    of_user(commands_, peer.uid, commands)
        .spend(static_cast<double>(workers), longest_command_turn, std::chrono::steady_clock::now());
}

void Host::forget(const Connection& connection) {
    std::erase_if(connections, [&](const auto& other) { return other.get() == &connection; });
}

/// Closes the connection that has been idle longest.
bool Host::end_idle(const std::function<bool(const state::Requester&)>& among) {
    const auto now = std::chrono::steady_clock::now();
    std::shared_ptr<Connection> idle;
    for (const auto& connection : connections) {
        const auto since = among(connection->peer()) ? connection->idle_since(now) : std::nullopt;
        if (since && (!idle || *since < *idle->idle_since(now))) idle = connection;
    }
    if (!idle) return false;
    idle->abort();
    forget(*idle);
    return true;
}

bool Host::make_room(const state::Requester& newcomer) {
    const auto same_user = [&](const state::Requester& peer) { return peer.uid == newcomer.uid; };
    const auto of_users = [](const state::Requester& peer) { return !Access::is_owner(peer); };
    const auto count = [&](const auto& among) {
        return static_cast<std::size_t>(
            std::count_if(connections.begin(), connections.end(), [&](const auto& one) { return among(one->peer()); }));
    };
    if (of_users(newcomer)) {
        if (count(same_user) >= limits.of_a_user) return end_idle(same_user);
        if (count(of_users) >= limits.of_users) return end_idle(of_users);
    }
    if (connections.size() < limits.connections) return true;
    if (end_idle([](const state::Requester&) { return true; })) return true;
    const auto busy =
        std::find_if(connections.begin(), connections.end(), [&](const auto& one) { return of_users(one->peer()); });
    if (of_users(newcomer) || busy == connections.end()) return false;
    const auto ended = *busy;
    ended->abort();
    forget(*ended);
    return true;
}

bool Host::has_room_for_stream(const state::Requester& peer) const {
    if (Access::is_owner(peer)) return true;
    const auto its = [&](const auto& one) { return one->is_stream() && one->peer().uid == peer.uid; };
    return static_cast<std::size_t>(std::count_if(connections.begin(), connections.end(), its)) < limits.streams_of_a_user;
}

bool Host::has_room_for_logs(const state::Requester& peer, std::size_t logs) const {
    if (Access::is_owner(peer)) return true;
    rlimit descriptors{};
    const bool known = ::getrlimit(RLIMIT_NOFILE, &descriptors) == 0 && descriptors.rlim_cur != RLIM_INFINITY;
    const auto most = known ? std::min<std::size_t>(limits.logs_of_users, descriptors.rlim_cur / 8) : limits.logs_of_users;
    for (const auto& connection : connections)
        if (!Access::is_owner(connection->peer())) logs += connection->logs();
    return logs <= most;
}

bool Host::free_descriptor() {
    return end_idle([](const state::Requester& peer) { return !Access::is_owner(peer); }) ||
           end_idle([](const state::Requester&) { return true; });
}

SteadyTime Host::turn_of(const state::Requester& peer) const {
    const auto found = turns_.find(peer.uid);
    return found == turns_.end() ? SteadyTime::min() : found->second;
}

void Host::charge(const state::Requester& peer, std::chrono::nanoseconds cost) {
    if (Access::is_owner(peer)) return;
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(turns_, [&](const auto& turn) { return turn.second < now; });
    auto& turn = turns_.try_emplace(peer.uid, now).first->second;
    turn = std::max(turn, now) + others_share * std::min<std::chrono::nanoseconds>(cost, most_charged);
}

}   // namespace talos::http
