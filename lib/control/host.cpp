#include "control/host.hpp"
#include <algorithm>

namespace talos::control {

namespace {

// A user's refusals in the history: so many at once, then so many a second.
constexpr double refusals_at_once = 20;
constexpr double refusals_per_second = 0.1;
constexpr std::size_t most_users = 1000;

}  // namespace

std::shared_ptr<EventFeed> Host::event_feed() {
    auto feed = feed_.lock();
    if (!feed) {
        feed = std::make_shared<EventFeed>(service.board(), limits.follower_bytes);
        feed_ = feed;
    }
    return feed;
}

void Host::refused(const daemon::Asker& asker, const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    if (refusals_.size() >= most_users) refusals_.clear();
    auto& patience = refusals_.try_emplace(asker.uid, Patience{refusals_at_once, now}).first->second;
    const auto passed = std::chrono::duration<double>(now - patience.at).count();
    patience.left = std::min(refusals_at_once, patience.left + passed * refusals_per_second);
    patience.at = now;
    if (patience.left < 1) return;
    patience.left -= 1;
    service.refused(asker, what);
}

void Host::forget(const Connection& connection) {
    std::erase_if(connections, [&](const auto& other) { return other.get() == &connection; });
}

bool Host::make_room() {
    if (connections.size() < limits.connections) return true;
    const auto now = std::chrono::steady_clock::now();
    std::shared_ptr<Connection> idle;
    for (const auto& connection : connections) {
        const auto since = connection->idle_since(now);
        if (since && (!idle || *since < *idle->idle_since(now))) idle = connection;
    }
    if (!idle) return false;
    idle->abort();
    forget(*idle);
    return true;
}

}  // namespace talos::control
