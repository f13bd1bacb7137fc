#pragma once
#include "config/model/model.hpp"
#include "core/boxed.hpp"
#include "core/exit_status.hpp"
#include "core/time.hpp"
#include "worker/data/run_result.hpp"
#include "worker/data/state.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace talos::worker {

/// An ended run. `uptime` counts from the spawn.
struct LastExit {
    ExitStatus status;
    WallTime at{};
    Millis uptime{};
    friend bool operator==(const LastExit&, const LastExit&) = default;
};

/// Everything that decisions about one worker rest on. `main` is the process that was spawned; `rest` is what else of its tree is
/// left after main has ended.
struct Worker {
    const config::WorkerSpec* spec = nullptr;   ///< not owned; outlives the worker
    std::uint64_t random = 0;                   ///< state of the jitter's generator; the caller seeds it
    std::uint64_t epoch = 0;                    ///< moved by every entered state and stop step: older timers are late

    State state = State::stopped;
    Goal goal = Goal::down;
    bool main_alive = false;
    bool rest_alive = false;
    bool waited : 1 = false;       ///< in backoff: the delay is over, only the rest of the tree keeps it waiting
    bool asked : 1 = false;        ///< in backoff and held back: the start to come was asked for, so it is no automatic restart
    bool given_up : 1 = false;     ///< in stopping, or deferred: it was not ready in time or is unhealthy, and counts as failed
    bool held : 1 = false;         ///< what it depends on is not there: instead of starting it waits in `stopped`
    bool deferred : 1 = false;     ///< up, and to go down once its dependents are gone; the goal says what comes then
    bool needed : 1 = false;       ///< others depend on it: what talosd itself stops goes down after them
    bool plan_waits : 1 = false;   ///< in stopping: the plan has not begun, it waits for a hook to end
    bool ran : 1 = false;          ///< preStart or main of a start was run, or main could not be: postStop has not followed yet
    bool had_main : 1 = false;     ///< main of the current or last start was spawned
    bool paused : 1 = false;       ///< main is stopped by a signal, in starting or running: its time stands still
    bool reloading : 1 = false;    ///< in running: told to reload, and not done with it
    bool reload_announced : 1 = false;        ///< reloading: it has said RELOADING=1 and not yet READY=1
    bool fatal_exit : 1 = false;              ///< in fatal: since the config lists the exit of its last run
    RunResult result = RunResult::success;    ///< of the current or last start, as far as it is known
    config::Hook hook = config::Hook::none;   ///< the one that runs
    config::Hook notice =
        config::Hook::none;        ///< onUnhealthy or onFatal while it runs beside all else: a stop waits for it, nothing more
    std::uint16_t stop_step = 0;   ///< in stopping: index into spec->stop; its size means SIGKILL was sent
    std::uint32_t failures = 0;    ///< in a row, for the backoff
    std::uint32_t reloads = 0;     ///< that have ended
    std::uint32_t restarts = 0;    ///< automatic ones since talosd started; never reset

    Stamp since{};                        ///< when the state was entered
    std::optional<Stamp> spawned;         ///< the current or last run's spawn
    std::optional<WallTime> next_start;   ///< in backoff, while the delay runs
    SteadyTime timer_due{};               ///< of the timer that runs; the clock's zero: none
    Millis timer_left{-1};                ///< while paused: what it still had to go; negative: no timer ran
    std::optional<LastExit> last_exit;
    std::vector<SteadyTime> recent_failures;   ///< those within the window, oldest first; empty without a limit
    Boxed<std::string> reload_failure;         ///< how the last reload failed, in words; absent: it did not
    std::string reason;                        ///< why it is where it is, in words; empty where the state says all

    [[nodiscard]] bool ready() const { return state == State::running; }
    /// Wanted up, and waiting for what it depends on.
    [[nodiscard]] bool held_back() const { return state == State::stopped && goal == Goal::up; }
    friend bool operator==(const Worker&, const Worker&) = default;
};

[[nodiscard]] inline Worker make_worker(const config::WorkerSpec& spec, std::uint64_t seed, Stamp now) {
    Worker worker;
    worker.spec = &spec;
    worker.random = seed;
    worker.since = now;
    return worker;
}

}   // namespace talos::worker
