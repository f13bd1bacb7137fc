#pragma once
#include "aio/discarded_files.hpp"
#include "aio/kernel.hpp"
#include "aio/memory_reads.hpp"
#include "aio/name_lookups.hpp"
#include "aio/sliced_work.hpp"
#include "aio/types.hpp"
#include "api/event_bus.hpp"
#include "api/metrics.hpp"
#include "core/exit_status.hpp"
#include "logs/process/log_writers.hpp"
#include "logs/write/compressor.hpp"
#include "logs/write/output_relay.hpp"
#include "posix/descent/cgroup.hpp"
#include "state/data_directory.hpp"
#include "state/overrides.hpp"
#include "state/runtime_directory.hpp"
#include "turn/directories.hpp"
#include "turn/observer.hpp"
#include "turn/probe_table.hpp"
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <unordered_map>
#include <vector>

namespace talos::engine {
class Dependencies;
class Runner;
}   // namespace talos::engine

namespace talos::checks {
class Probe;
}

namespace talos::turn {

class Recorder;

/// One run of a hook.
struct HookOf {
    engine::Runner* runner = nullptr;
    std::uint64_t number = 0;   ///< in its mark
};

/// Which runner's process a PID is: the main processes, and the sessions that they lead or led. A session's number is not given
/// to a new process while the session has members, so that the latest entry is the right one.
class ProcessTable {
public:
    void spawned(pid_t pid, engine::Runner& runner) { sessions_[pid] = &runner; }
    /// Only if the number still means that runner's: it may have been given to another's process since.
    void forget(pid_t pid, const engine::Runner& runner) {
        if (leader_of(pid) == &runner) sessions_.erase(pid);
    }
    /// A hook leads a session too, until nothing is left of it.
    void hook_spawned(pid_t pid, const HookOf& hook) { hooks_[pid] = hook; }
    void hook_over(pid_t pid) { hooks_.erase(pid); }
    [[nodiscard]] std::optional<HookOf> hook_led_by(pid_t session) const {
        const auto found = hooks_.find(session);
        return found == hooks_.end() ? std::nullopt : std::optional(found->second);
    }
    /// A child of talosd's own that is no worker's: whoever has started it is told its end.
    void helper(pid_t pid, std::function<void(const ExitStatus&)> ended = {}) { helpers_[pid] = std::move(ended); }
    /// Nobody wants to be told any more. It is a helper until it is reaped.
    void forget_helper(pid_t pid) {
        if (is_helper(pid)) helpers_[pid] = {};
    }
    void helper_ended(pid_t pid, const ExitStatus& status) {
        const auto helper = helpers_.extract(pid);   // the number means nobody any more
        if (!helper.empty() && helper.mapped()) helper.mapped()(status);
    }
    [[nodiscard]] bool is_helper(pid_t pid) const { return helpers_.contains(pid); }

    /// A process seen below a runner's main: its number and start ticks mean that runner's until forget_descendants().
    void descends(pid_t pid, std::uint64_t start_ticks, engine::Runner& runner) { descendants_[pid] = {start_ticks, &runner}; }
    void forget_descendants(const engine::Runner& runner) {
        std::erase_if(descendants_, [&](const auto& entry) { return entry.second.second == &runner; });
    }
    [[nodiscard]] engine::Runner* ancestor_of(pid_t pid, std::uint64_t start_ticks) const {
        const auto found = descendants_.find(pid);
        return found == descendants_.end() || found->second.first != start_ticks ? nullptr : found->second.second;
    }
    [[nodiscard]] bool knows_descendants() const { return !descendants_.empty(); }

    [[nodiscard]] engine::Runner* leader_of(pid_t session) const {
        const auto found = sessions_.find(session);
        return found == sessions_.end() ? nullptr : found->second;
    }

private:
    std::unordered_map<pid_t, engine::Runner*> sessions_;
    std::unordered_map<pid_t, HookOf> hooks_;
    std::unordered_map<pid_t, std::pair<std::uint64_t, engine::Runner*>> descendants_;   // where there are no cgroups
    std::unordered_map<pid_t, std::function<void(const ExitStatus&)>> helpers_;
};

/// What only the whole has seen.
struct Statistics {
    api::Histogram restart_latency;   ///< from the reap to the spawn of the next run, where no backoff lies between
    api::Histogram turn;              ///< how long a turn kept the loop busy
};

/// The run of a worker, or the hook of one, that a process belongs to; null for an unowned process.
struct ProcessOwner {
    const engine::Runner* runner = nullptr;
    std::uint64_t hook = 0;   ///< the number of the hook's run; 0: of the worker's own
    friend bool operator==(const ProcessOwner&, const ProcessOwner&) = default;
};

/// Who was asked to start, and by whom.
struct AskedUp {
    const engine::Runner* runner;
    std::optional<state::Requester> by;
};

/// What the runners share.
struct Services {
    aio::Executor executor;
    aio::Kernel& kernel;
    posix::Spawner& spawner;   ///< of helpers that the engine does not wait for
    state::DataDirectory files;
    std::string run;                          ///< the secret that marks are made with
    std::vector<std::string> environment;     ///< what talosd was given, as NAME=value
    std::optional<rlimit> descriptor_limit;   ///< the one that workers get back
    bool show_output = false;                 ///< workers' output goes to the observer, too
    Observer& observer;
    Recorder& recorder;
    api::EventBus event_bus{};
    Statistics statistics{};
    std::unique_ptr<aio::SlicedWork> sliced = std::make_unique<aio::SlicedWork>(executor);   ///< signals to many processes
    ProcessTable processes{};
    ProbeTable probes{};                         ///< where there are no cgroups
    std::deque<engine::Runner*> spawn_queue{};   ///< spawned at the end of the turn
    std::vector<const engine::Runner*>
        held_back{};                     ///< asked to start, and waiting: told once their dependencies have been looked at
    std::vector<HookOf> ended_hooks{};   ///< whose programs were reaped: what else of them is left must be known first
    std::function<void()> touch{};       ///< asks for the end of a turn
    engine::Dependencies* dependencies = nullptr;   ///< null where nobody depends on anybody
    bool dependencies_changed = false;              ///< the runners, or what they depend on: looked at when the turn ends
    std::vector<AskedUp> asked_up{};                ///< whose dependencies are to be brought up then, where there are any
    std::unique_ptr<posix::CgroupTree> cgroups{};   ///< null where the config or the system has none
    std::uint64_t cgroup_numbers = 0;               ///< for names of cgroups that must differ
    std::vector<std::string> emptying{};            ///< cgroups to be removed once their processes have ended
    std::uint64_t spawns = 0;                       ///< numbers the marks: each run, hook and probe has its own
    /// A worker has lost its dependency, which is back: whether its restart is a part of several, in whose order it comes.
    std::function<bool(const engine::Runner&)> takes_restart{};
    std::function<engine::Runner*(const std::string& name)> find_worker{};
    /// Of a process that is no main process, by the facts of Orphans; the second one where its marks are known.
    std::function<ProcessOwner(pid_t pid)> owner_of{};
    std::function<ProcessOwner(pid_t pid, const posix::Marks& marks)> owner_by_all{};
    std::unique_ptr<aio::MemoryReads> memory{};
    state::Overrides overrides{};            ///< as overrides.json has them
    std::function<void()> trees_changed{};   ///< a cgroup has become empty: leftover processes are counted again
    std::unique_ptr<logs::Compressor> compressor{};
    std::unique_ptr<aio::DiscardedFiles> discarded{};
    std::unique_ptr<logs::OutputRelays> relays{};                       ///< once a worker of another user has needed one
    std::unique_ptr<logs::LogWriters> writers{};                        ///< as root, once a worker has had a log
    std::unique_ptr<state::RuntimeDirectory> runtime{};                 ///< once a worker has needed it
    std::map<std::string, std::unique_ptr<aio::NameLookups>> names{};   ///< by the workers' user, once a probe has needed it
    std::unique_ptr<Directories> directories{};                         ///< once a worker has needed it
    /// In a simulation, in place of checks::probes_of.
    std::function<std::function<std::unique_ptr<checks::Probe>()>(const config::WorkerSpec&)> simulated_probes{};

    /// The directory of the workers' sockets, made by the first call.
    [[nodiscard]] Result<state::RuntimeDirectory*> runtime_directory();
    /// A pipe from the child that `request` is to start. That of another user is read by a relay. `write` is kept until the child is there.
    [[nodiscard]] Result<logs::ChildPipe> child_pipe(const posix::SpawnRequest& request);
    /// Null for another user than root: all logs are in its own directories.
    [[nodiscard]] logs::LogWriters* log_writers();
    /// Whether it is a child that ends last: it reads what workers write, or writes it.
    [[nodiscard]] bool serves_output(pid_t pid) const;
    /// Those for the workers of one user: names that are not answered do not hold up the probes of another user's workers.
    [[nodiscard]] aio::NameLookups& name_lookups(const std::string& user);
    /// Those that the worker's config has, for the start of a process with this user.
    [[nodiscard]] Result<> make_directories(const engine::Runner& runner, const config::WorkerSpec& spec,
                                            const posix::SpawnRequest& request);
    /// The old ones of a log are to be compressed.
    void compress(const posix::Location& path, unsigned keep);
    /// Removes the cgroups of `emptying` that are empty by now.
    void remove_emptied();
    /// A file that has no name any more is to be closed.
    void discard(posix::UniqueFd file);
    /// These hold from now on, in the file first; a failure leaves those that hold.
    [[nodiscard]] Result<> override_with(state::Overrides wanted);
};

}   // namespace talos::turn
