#pragma once
#include "config/keys/key_change.hpp"
#include "config/model/model.hpp"
#include <cstddef>
#include <string>
#include <vector>

/// What a changed config means for a talosd that runs. Pure.
namespace talos::config {

struct WorkerChange {
    enum class What : std::uint8_t { added, removed, changed };
    What what = What::changed;
    std::string name;
    std::vector<KeyChange> keys;   ///< with changed: in the order of the reference; never values, they may be secret
    /// Some key takes effect only at the next start.
    [[nodiscard]] bool needs_restart() const;
    friend bool operator==(const WorkerChange&, const WorkerChange&) = default;
};

struct Plan {
    std::vector<WorkerChange> workers;   ///< changed and added ones in the new config's order, then removed ones
    std::size_t unchanged = 0;
    std::vector<KeyChange>
        daemon;   ///< talosd's own keys; those with Effect::restart wait for its next start (`dataDir`, `controlSocket`, `cgroup`)
    [[nodiscard]] bool empty() const { return workers.empty() && daemon.empty(); }
    friend bool operator==(const Plan&, const Plan&) = default;
};

/// From the config that runs to the one that is wanted; workers are the same when their names are. The order of workers alone is no change.
[[nodiscard]] Plan diff(const Config& running, const Config& wanted);

/// Some of what has changed takes effect only when the worker is started the next time.
[[nodiscard]] bool needs_restart(const WorkerSpec& running, const WorkerSpec& wanted);

/// The running spec with the wanted one's hooks and `reload`: they are looked up when one is to run, even in the middle of a stop.
[[nodiscard]] WorkerSpec with_hooks(const WorkerSpec& running, const WorkerSpec& wanted);

/// The running spec with the keys of the wanted one that take effect at once.
[[nodiscard]] WorkerSpec with_live_keys(const WorkerSpec& running, const WorkerSpec& wanted);

}   // namespace talos::config
