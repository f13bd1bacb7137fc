#pragma once
#include "config/model.hpp"
#include "control/route.hpp"
#include "core/result.hpp"
#include "daemon/asker.hpp"
#include "daemon/select.hpp"
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace talos::control {

/// Who may do what. Decided by the kernel's word about the peer and the config's `access` list; the owner and root may do all.
class Access {
public:
    /// Only the owner (this process's user) and root.
    Access() = default;
    /// Looks the names up, once. Fails for a user or group that does not exist, with the rule's place: `/access/1/user: …`.
    [[nodiscard]] static Result<Access> resolve(const std::vector<config::AccessRule>& rules);

    /// Whether the peer is talosd's owner or root. The access list and the limits per user do not apply to them.
    [[nodiscard]] static bool is_owner(const daemon::Asker& peer);

    /// Whether the peer may read or control the worker. Supplementary groups are those of the peer's user in the group database now,
    /// besides its primary one when it connected.
    [[nodiscard]] bool may(const daemon::Asker& peer, config::AccessRule::May what, const daemon::Named& worker) const;
    /// The same of many, with one look into the database. A rule for a group is one for its instances.
    [[nodiscard]] std::vector<bool> may(const daemon::Asker& peer, config::AccessRule::May what,
                                        std::span<const daemon::Named> workers) const;
    /// What concerns talosd as a whole: a rule whose workers are `*`.
    [[nodiscard]] bool may(const daemon::Asker& peer, config::AccessRule::May what) const;

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
[[nodiscard]] config::AccessRule::May needed(const Command& command);

}  // namespace talos::control
