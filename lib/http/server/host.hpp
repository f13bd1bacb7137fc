#pragma once
#include "api/service.hpp"
#include "core/allowance.hpp"
#include "http/routes/access.hpp"
#include "http/server/connection.hpp"
#include "http/server/server.hpp"
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace talos::http {

/// Shared state of a server's connections. It outlives the server in coroutines that have not ended yet; these no longer use the
/// service.
struct Host {
    Host(const aio::Executor& executor, api::Service& its_service, Access its_access, Limits its_limits)
        : service(its_service), access(std::move(its_access)), limits(its_limits),
          closer(std::make_shared<aio::SocketCloser>(executor, [&its_service](pid_t child) { its_service.reap(child); })),
          turns(std::make_shared<Turns>(executor)) {}

    api::Service& service;
    Access access;
    unsigned access_changes = 0;
    const Limits limits;
    const std::shared_ptr<aio::SocketCloser> closer;
    const std::shared_ptr<Turns> turns;
    std::vector<std::shared_ptr<Connection>> connections;

    /// One feed for all followers; exists while there is a follower.
    [[nodiscard]] std::shared_ptr<api::EventFeed> event_feed();
    /// Reports the refusal to the service, with a rate limit per user so that refusals cannot fill the history.
    void refused(const state::Requester& requester, const std::string& what);
    void forget(const Connection& connection);
    /// Makes room for a connection of that peer by closing an idle connection; if the peer is the owner or root, also a busy one
    /// of another user. False if there is no room: busy connections use up the limit of a user or of all users.
    [[nodiscard]] bool make_room(const state::Requester& newcomer);
    /// Whether that peer may connect. Users other than the owner and root have a limited burst and rate of connections. Each
    /// costs the loop more than it costs the user, and the owner's connections wait in the same queue.
    [[nodiscard]] bool may_connect(const state::Requester& newcomer);
    /// Whether that peer may open another endless stream.
    [[nodiscard]] bool has_room_for_stream(const state::Requester& peer) const;
    /// Whether that peer may follow that many more logs.
    [[nodiscard]] bool has_room_for_logs(const state::Requester& peer, std::size_t logs) const;
    /// Frees a descriptor: closes the connection that has been idle longest, preferably of a user other than the owner and root.
    /// False if none is idle.
    [[nodiscard]] bool free_descriptor();

    /// When the next request of that peer may be answered. Users other than the owner and root get a fifth of the loop's time
    /// each.
    [[nodiscard]] SteadyTime turn_of(const state::Requester& peer) const;
    /// Charges that peer for the time of an answer.
    void charge(const state::Requester& peer, std::chrono::nanoseconds cost);

    /// When that peer may send its next command. Each command on a worker adds to the history, whose files have a limited size.
    /// Users other than the owner and root have a burst of 100 commands and one more a second, and wait a minute at most.
    [[nodiscard]] SteadyTime command_turn_of(const state::Requester& peer);
    /// Charges that peer for commands on that many workers.
    void commanded(const state::Requester& peer, std::size_t workers);

private:
    using Allowances = std::map<uid_t, Allowance>;
    [[nodiscard]] static Allowance& of_user(Allowances& allowances, uid_t user, Allowance::Rate rate);
    std::weak_ptr<api::EventFeed> feed_;
    [[nodiscard]] bool end_idle(const std::function<bool(const state::Requester&)>& among);

    Allowances connects_;
    Allowances refusals_;
    Allowances commands_;
    std::map<uid_t, SteadyTime> turns_;
};

/// Serves one peer until it disconnects or the server closes the connection.
[[nodiscard]] Task converse(std::shared_ptr<Connection> peer, std::shared_ptr<Host> host);

}   // namespace talos::http
