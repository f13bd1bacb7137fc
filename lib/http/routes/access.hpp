// http/routes: Turns an HTTP request into a request of the API and decides who may make it. Pure, so every route is tested
// without a socket. Begin with route.hpp and access.hpp.
#pragma once
#include "api/select.hpp"
#include "config/model/model.hpp"
#include "core/result.hpp"
#include "http/routes/route.hpp"
#include "state/requester.hpp"
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace talos::http {

/// Access rights. Decided by the peer's credentials from the kernel and the config's `access` list. The owner and root have all
/// rights.
class Access {
public:
    /// Only the owner (the user of this process) and root.
    Access() = default;
    /// Looks up the names once. Fails for a user or group that does not exist, with the rule's place: `/access/1/user: …`.
    [[nodiscard]] static Result<Access> resolve(const std::vector<config::AccessRule>& rules);

    /// Whether the peer is talosd's owner or root. The access list and the limits per user do not apply to them.
    [[nodiscard]] static bool is_owner(const state::Requester& peer);

    /// Whether the peer may read or control the worker. The peer's groups are its primary group when it connected and the current
    /// supplementary groups of its user in the group database.
    [[nodiscard]] bool may(const state::Requester& peer, config::AccessRule::May what, const api::Named& worker) const;
    /// The same for many workers, with one database lookup. A rule for a group also covers its instances.
    [[nodiscard]] std::vector<bool> may(const state::Requester& peer, config::AccessRule::May what,
                                        std::span<const api::Named> workers) const;
    /// Rights on talosd as a whole: given by a rule whose workers are `*`.
    [[nodiscard]] bool may(const state::Requester& peer, config::AccessRule::May what) const;

private:
    struct Rule {
        bool group = false;
        unsigned id = 0;
        config::AccessRule::May may = config::AccessRule::May::read;
        std::string workers;
    };
    std::vector<Rule> rules_;
};

/// The right that a command needs: read for queries (live and ready need none), control for all others.
[[nodiscard]] config::AccessRule::May needed(const api::Command& command);

}   // namespace talos::http
