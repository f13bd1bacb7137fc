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

/// What the connections of a server share. Outlives the server in coroutines that have yet to notice that they are over: those do not touch
/// the service any more.
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

    /// One for all followers, as long as there is one.
    [[nodiscard]] std::shared_ptr<api::EventFeed> event_feed();
    /// Tells the service, unless the same user keeps on asking: what others may not do shall not fill the history.
    void refused(const state::Requester& requester, const std::string& what);
    void forget(const Connection& connection);
    /// Makes room for a connection of that peer, by ending an idle one; of other users, also a busy one when the peer is the owner or root.
    /// False when there is no room: the limits of a user, or of all users, are reached by connections that are busy.
    [[nodiscard]] bool make_room(const state::Requester& newcomer);
    /// Whether that peer may connect: users other than the owner and root have so many connections at once and so many more a second. Each
    /// costs the loop more than it costs its user, and the owner's waits in one queue with them.
    [[nodiscard]] bool may_connect(const state::Requester& newcomer);
    /// Whether that peer may have one more stream that goes on until it is ended.
    [[nodiscard]] bool has_room_for_stream(const state::Requester& peer) const;
    /// Whether that peer may follow so many logs more.
    [[nodiscard]] bool has_room_for_logs(const state::Requester& peer, std::size_t logs) const;
    /// Frees a descriptor: ends the connection that has been idle longest, first among users other than the owner and root. False when none
    /// is idle.
    [[nodiscard]] bool free_descriptor();

    /// When the next request of that peer may be answered: users other than the owner and root get a fifth of the loop's time each.
    [[nodiscard]] SteadyTime turn_of(const state::Requester& peer) const;
    /// An answer to that peer has cost so much time.
    void charge(const state::Requester& peer, std::chrono::nanoseconds cost);

    /// When that peer may command the next time. Each command to a worker is a part of the history, whose files are limited: users other
    /// than the owner and root have 100 commands at once and one more a second, and wait a minute at most.
    [[nodiscard]] SteadyTime command_turn_of(const state::Requester& peer);
    /// That peer has commanded so many workers.
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

/// Serves one peer until it is gone or has had enough.
[[nodiscard]] Task converse(std::shared_ptr<Connection> peer, std::shared_ptr<Host> host);

}   // namespace talos::http
