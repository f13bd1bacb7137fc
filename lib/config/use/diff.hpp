#pragma once
#include "config/keys/key_change.hpp"
#include "config/model/model.hpp"
#include <cstddef>
#include <string>
#include <vector>

/// Determines how a changed config affects a running talosd. Pure.
namespace talos::config {

struct WorkerChange {
    enum class What : std::uint8_t { added, removed, changed };
    What what = What::changed;
    std::string name;
    std::vector<KeyChange> keys;   ///< with What::changed: in the order of the reference; no values, because they may be secret
    /// True if a key takes effect only at the next start.
    [[nodiscard]] bool needs_restart() const;
    friend bool operator==(const WorkerChange&, const WorkerChange&) = default;
};

struct Plan {
    std::vector<WorkerChange> workers;   ///< changed and added workers in the order of the new config, then removed workers
    std::size_t unchanged = 0;
    std::vector<KeyChange>
        /// talosd's own keys. Keys with Effect::restart take effect when talosd is started again (`dataDir`, `controlSocket`,
        /// `cgroup`).
        daemon;
    [[nodiscard]] bool empty() const { return workers.empty() && daemon.empty(); }
    friend bool operator==(const Plan&, const Plan&) = default;
};

/// The changes from the running config to the wanted one. Workers are matched by name. A different order of workers is not a
/// change.
[[nodiscard]] Plan diff(const Config& running, const Config& wanted);

/// Whether some changes take effect only at the next start of the worker.
[[nodiscard]] bool needs_restart(const WorkerSpec& running, const WorkerSpec& wanted);

/// The running spec with the hooks and `reload` of the wanted one. These are read when they are needed, even during a stop.
[[nodiscard]] WorkerSpec with_hooks(const WorkerSpec& running, const WorkerSpec& wanted);

/// The running spec with all keys of the wanted one that take effect at once.
[[nodiscard]] WorkerSpec with_live_keys(const WorkerSpec& running, const WorkerSpec& wanted);

}   // namespace talos::config
