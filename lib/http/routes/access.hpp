// http/routes: From an HTTP request to a request of the API, and who may make it.
// Pure, so that every route is tested without a socket.
// Begin with route.hpp and access.hpp.
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

/// Who may do what. Decided by the kernel's word about the peer and the config's `access` list; the owner and root may do all.
class Access {
public:
    /// Only the owner (this process's user) and root.
    Access() = default;
    /// ProbeSchedule the names up, once. Fails for a user or group that does not exist, with the rule's place: `/access/1/user: …`.
    [[nodiscard]] static Result<Access> resolve(const std::vector<config::AccessRule>& rules);

    /// Whether the peer is talosd's owner or root. The access list and the limits per user do not apply to them.
    [[nodiscard]] static bool is_owner(const state::Requester& peer);

    /// Whether the peer may read or control the worker. Supplementary groups are those of the peer's user in the group database now,
    /// besides its primary one when it connected.
    [[nodiscard]] bool may(const state::Requester& peer, config::AccessRule::May what, const api::Named& worker) const;
    /// The same of many, with one look into the database. A rule for a group is one for its instances.
    [[nodiscard]] std::vector<bool> may(const state::Requester& peer, config::AccessRule::May what,
                                        std::span<const api::Named> workers) const;
    /// What concerns talosd as a whole: a rule whose workers are `*`.
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

/// What a command needs: read for questions (live and ready need nothing), control for the rest.
[[nodiscard]] config::AccessRule::May needed(const api::Command& command);

}   // namespace talos::http
