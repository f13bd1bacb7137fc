#pragma once
#include "control/access.hpp"
#include "control/connection.hpp"
#include "control/server.hpp"
#include "control/service.hpp"
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace talos::control {

/// What the connections of a server share. Outlives the server in coroutines that have yet to notice that they are over: those do not touch
/// the service any more.
struct Host {
    Host(Service& its_service, Access its_access, Limits its_limits)
        : service(its_service), access(std::move(its_access)), limits(its_limits) {}

    Service& service;
    Access access;
    unsigned access_changes = 0;
    const Limits limits;
    std::vector<std::shared_ptr<Connection>> connections;

    /// One for all followers, as long as there is one.
    [[nodiscard]] std::shared_ptr<EventFeed> event_feed();
    /// Tells the service, unless the same user keeps on asking: what others may not do shall not fill the history.
    void refused(const daemon::Asker& asker, const std::string& what);
    void forget(const Connection& connection);
    /// Makes room for one more; false when all are busy.
    [[nodiscard]] bool make_room();

private:
    struct Patience {
        double left = 0;
        SteadyTime at{};
    };
    std::weak_ptr<EventFeed> feed_;
    std::map<uid_t, Patience> refusals_;
};

/// Serves one peer until it is gone or has had enough.
[[nodiscard]] Task converse(std::shared_ptr<Connection> peer, std::shared_ptr<Host> host);

}  // namespace talos::control
