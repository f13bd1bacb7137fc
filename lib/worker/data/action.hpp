// worker/data: What one worker is: its state with what exists only in that state, events, actions, reasons, plans.
// Pure data.
// Begin with worker.hpp and state.hpp.
#pragma once
#include "config/model/model.hpp"
#include "core/time.hpp"
#include <variant>
#include <vector>

/// All that a decision can ask for. Whoever reads this list knows everything that talosd can do to a worker.
namespace talos::worker {

/// Spawn main, unless the worker has left `starting` by the time its turn comes; answer with Spawned or SpawnFailed.
struct Spawn {
    friend bool operator==(const Spawn&, const Spawn&) = default;
};
/// Signal main's process group, then SIGCONT, so that a stopped one acts on it. What of its tree
/// is in other groups is signalled when main has ended.
struct SignalMain {
    int signal;
    friend bool operator==(const SignalMain&, const SignalMain&) = default;
};
/// Signal what is left of the tree; with SIGKILL until nothing is.
struct SignalRest {
    int signal;
    friend bool operator==(const SignalRest&, const SignalRest&) = default;
};
/// Answer with TimerFired{the worker's epoch}. Replaces the one that was armed.
struct ArmTimer {
    Millis after;
    friend bool operator==(const ArmTimer&, const ArmTimer&) = default;
};
/// Run this program of the config, and keep its time; answer with HookEnded once nothing of it is left.
struct RunHook {
    config::Hook which;
    friend bool operator==(const RunHook&, const RunHook&) = default;
};
/// Signal the hook that runs: its process group, or with SIGKILL all that descends from it. A late or second one is harmless.
struct SignalHook {
    int signal;
    friend bool operator==(const SignalHook&, const SignalHook&) = default;
};

/// SIGSTOP to all processes of the worker.
struct PauseTree {
    friend bool operator==(const PauseTree&, const PauseTree&) = default;
};
/// SIGCONT to all of them, whether they are stopped or not.
struct ResumeTree {
    friend bool operator==(const ResumeTree&, const ResumeTree&) = default;
};
/// The signal that the config has for a reload, to main alone.
struct SignalReload {
    int signal;
    friend bool operator==(const SignalReload&, const SignalReload&) = default;
};

using Action = std::variant<Spawn, SignalMain, SignalRest, ArmTimer, RunHook, SignalHook, PauseTree, ResumeTree, SignalReload>;
using Actions = std::vector<Action>;

}   // namespace talos::worker
