#pragma once
#include "config/model/model.hpp"
#include "core/boxed.hpp"
#include "core/exit_status.hpp"
#include "core/time.hpp"
#include "worker/data/reason.hpp"
#include "worker/data/run_result.hpp"
#include "worker/data/situation.hpp"
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

/// Everything that decisions about one worker rest on. What holds in one state only is in `where`; others than the machine ask the
/// functions.
struct Worker {
    const config::WorkerSpec* spec = nullptr;   ///< not owned; outlives the worker
    std::uint64_t random = 0;                   ///< state of the jitter's generator; the caller seeds it
    std::uint64_t epoch = 0;                    ///< moved by every entered state and stop step: older timers are late

    Situation where;
    bool held = false;                       ///< what it depends on is not there: instead of starting it waits in `stopped`
    bool needed = false;                     ///< others depend on it: what talosd itself stops goes down after them
    bool had_main = false;                   ///< main of the current or last start was spawned
    RunResult result = RunResult::success;   ///< of the current or last start, as far as it is known
    config::Hook notice =
        config::Hook::none;       ///< onUnhealthy or onFatal while it runs beside all else: a stop waits for it, nothing more
    std::uint32_t failures = 0;   ///< in a row, for the backoff
    std::uint32_t reloads = 0;    ///< that have ended
    std::uint32_t restarts = 0;   ///< automatic ones since talosd started; never reset

    Stamp since{};                  ///< when the state was entered
    std::optional<Stamp> spawned;   ///< the current or last run's spawn
    std::optional<LastExit> last_exit;
    std::vector<SteadyTime> recent_failures;   ///< those within the window, oldest first; empty without a limit
    Boxed<std::string> reload_failure;         ///< how the last reload failed, in words; absent: it did not
    Reason reason;                             ///< why it is where it is

    [[nodiscard]] State state() const { return static_cast<State>(where.index()); }
    [[nodiscard]] bool is(State state) const { return this->state() == state; }
    [[nodiscard]] Goal goal() const;
    [[nodiscard]] bool wanted_up() const { return goal() == Goal::up; }

    // What is alive of it.
    [[nodiscard]] bool has_main() const;
    [[nodiscard]] bool has_rest() const;       ///< main has ended and more of its tree has not
    [[nodiscard]] config::Hook hook() const;   ///< the one that runs; notices are none
    [[nodiscard]] bool has_processes() const { return has_main() || has_rest() || hook() != config::Hook::none; }

    /// It counts as up: it is running, or has completed and remains up.
    [[nodiscard]] bool ready() const { return is(State::running) || remains_up(); }
    /// A oneshot whose last run did what it was there for.
    [[nodiscard]] bool is_completed() const { return is(State::completed); }
    /// It has completed, or its last run was to be left alone after its end and ended with code 0.
    [[nodiscard]] bool ended_well() const;
    [[nodiscard]] bool remains_up() const;   ///< completed, and up until it is stopped
    /// Its main is starting or running: a stop of it is a stop of main.
    [[nodiscard]] bool main_is_up() const { return clock() != nullptr; }
    /// Wanted up, and waiting for what it depends on.
    [[nodiscard]] bool held_back() const;
    [[nodiscard]] bool leaves_later() const {
        return leaving() != nullptr;
    }   ///< it is up, and goes down once its dependents are down
    /// It was not ready in time or is unhealthy: it is stopped, or leaves later, and counts as failed.
    [[nodiscard]] bool given_up() const;
    [[nodiscard]] bool is_paused() const;      ///< main is stopped by a signal, in starting or running: its time stands still
    [[nodiscard]] bool is_reloading() const;   ///< told to reload, and not done with it
    [[nodiscard]] bool plan_waits() const;     ///< in stopping: the plan has not begun, it waits for a hook to end
    [[nodiscard]] bool kill_sent() const;      ///< in stopping: the plan has come to SIGKILL
    [[nodiscard]] bool fatal_exit() const;     ///< in fatal: since the config lists the exit of its last run
    [[nodiscard]] bool
    is_at_rest() const;   ///< stopped, exited, completed or fatal; nothing is alive of it, and nothing is to come
    [[nodiscard]] std::optional<WallTime> next_start() const;   ///< in backoff, while the delay runs
    /// How main of the current or last start ended; null if that start had none. For once it has ended.
    [[nodiscard]] const LastExit* exit_of_start() const { return had_main && last_exit ? &*last_exit : nullptr; }

    /// Null unless main is starting or running.
    [[nodiscard]] const states::Clock* clock() const;
    [[nodiscard]] const states::Leaving* leaving() const;

    /// The config in force from now on, while nothing of a run is left.
    void adopt(const config::WorkerSpec& wanted);

    friend bool operator==(const Worker&, const Worker&) = default;
};

/// Whether such an end completes a worker: the one definition of it.
[[nodiscard]] inline bool completes(const config::WorkerSpec& spec, const ExitStatus& status) {
    return spec.kind == config::WorkerKind::oneshot && status.clean();
}

[[nodiscard]] inline Worker make_worker(const config::WorkerSpec& spec, std::uint64_t seed, Stamp now) {
    Worker worker;
    worker.spec = &spec;
    worker.random = seed;
    worker.since = now;
    return worker;
}

}   // namespace talos::worker
