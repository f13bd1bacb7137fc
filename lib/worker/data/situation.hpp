#pragma once
#include "config/model/model.hpp"
#include "core/time.hpp"
#include "worker/data/state.hpp"
#include <cstdint>
#include <optional>
#include <variant>

/// Where a worker is, and all that is known of it there and nowhere else: one type for each State. What a type cannot hold cannot happen.
///
/// `main` is the process that was spawned. `rest` is what else of its tree is alive after main has ended.
namespace talos::worker {

/// What a start was caused by: only an automatic one counts as a restart.
enum class Start : std::uint8_t { automatic, asked };

/// What follows once a worker is down.
enum class Then : std::uint8_t {
    down,     ///< nothing: it was stopped
    start,    ///< a start that was asked for
    failure   ///< it was not ready in time or was unhealthy: that counts as a failure, and `restart` decides
};

namespace states {

/// The time of a main process that is starting or running. While main is stopped by a signal it stands still.
struct NoTimer {
    friend bool operator==(const NoTimer&, const NoTimer&) = default;
};
struct TimerRuns {
    SteadyTime due;
    friend bool operator==(const TimerRuns&, const TimerRuns&) = default;
};
struct Paused {
    friend bool operator==(const Paused&, const Paused&) = default;
};
struct PausedTimer {
    Millis left;   ///< from the end of the pause on
    friend bool operator==(const PausedTimer&, const PausedTimer&) = default;
};
using Clock = std::variant<NoTimer, TimerRuns, Paused, PausedTimer>;

/// It is up or comes up, and goes down once the workers that depend on it are down.
struct Leaving {
    Goal goal = Goal::down;   ///< what is wanted then
    bool given_up = false;    ///< it was not ready in time, or is unhealthy
    friend bool operator==(const Leaving&, const Leaving&) = default;
};

/// What a run has left behind, once its main has ended or is not to come any more.
struct Leftovers {
    bool rest = false;
    config::Hook hook = config::Hook::none;   ///< the one that runs
    bool owes_post_stop = false;              ///< postStop follows once nothing else is left, if the config has one then
    friend bool operator==(const Leftovers&, const Leftovers&) = default;
};

struct Stopped {
    std::optional<Start> held_back;   ///< wanted up, and waiting for what it depends on; what caused the start to come
    friend bool operator==(const Stopped&, const Stopped&) = default;
};

struct PreStart {   ///< the hook runs
    friend bool operator==(const PreStart&, const PreStart&) = default;
};
struct Spawning {            ///< to be spawned this turn
    bool prepared = false;   ///< preStart has run
    friend bool operator==(const Spawning&, const Spawning&) = default;
};
struct Awaiting {   ///< main is alive and not up yet
    Clock clock;
    std::optional<Leaving> leaving;
    friend bool operator==(const Awaiting&, const Awaiting&) = default;
};
struct Starting {
    std::variant<PreStart, Spawning, Awaiting> phase;
    friend bool operator==(const Starting&, const Starting&) = default;
};

/// What is under way beside a main that is up.
enum class Task : std::uint8_t {
    none,
    post_start,
    reload_program,             ///< the program of `reload` runs
    reload_program_announced,   ///< likewise, and the worker has said RELOADING=1 and not yet READY=1
    reload_answer               ///< READY=1 is to come, and a timer runs
};

struct Running {   ///< with its main
    Clock clock;
    std::optional<Leaving> leaving;
    Task task = Task::none;
    friend bool operator==(const Running&, const Running&) = default;
};

struct Delay {   ///< of `restart`
    WallTime next_start;
    friend bool operator==(const Delay&, const Delay&) = default;
};
struct LeftoversEnd {   ///< the delay is over or waived: the start follows when nothing of the last run is left
    Start start;
    friend bool operator==(const LeftoversEnd&, const LeftoversEnd&) = default;
};
struct Backoff {
    Leftovers left;
    std::variant<Delay, LeftoversEnd> until;
    friend bool operator==(const Backoff&, const Backoff&) = default;
};

/// What is alive of main and its tree.
enum class Tree : std::uint8_t { none, rest, main };

struct Stopping {
    Tree tree = Tree::none;
    config::Hook hook = config::Hook::none;   ///< the one that runs
    bool owes_post_stop = false;              ///< as in Leftovers
    Then then = Then::down;
    /// Index into spec->stop; its size means SIGKILL was sent. Absent: the plan has not begun, it waits for a hook to end.
    std::optional<std::uint16_t> step;
    friend bool operator==(const Stopping&, const Stopping&) = default;
};

struct Exited {
    Leftovers left;
    Goal goal = Goal::up;
    friend bool operator==(const Exited&, const Exited&) = default;
};

/// It counts as up until it is stopped (`remainUp`).
struct RemainsUp {
    std::optional<Leaving> leaving;
    friend bool operator==(const RemainsUp&, const RemainsUp&) = default;
};
struct Over {
    Goal goal = Goal::up;
    friend bool operator==(const Over&, const Over&) = default;
};
struct Completed {
    Leftovers left;
    std::variant<Over, RemainsUp> how;
    friend bool operator==(const Completed&, const Completed&) = default;
};

struct Fatal {
    Leftovers left;
    Goal goal = Goal::up;
    bool fatal_exit = false;   ///< since the config lists the exit of its last run
    friend bool operator==(const Fatal&, const Fatal&) = default;
};

}   // namespace states

/// In the order of State.
using Situation = std::variant<states::Stopped, states::Starting, states::Running, states::Backoff, states::Stopping,
                               states::Exited, states::Completed, states::Fatal>;

static_assert(std::variant_size_v<Situation> == all_states.size());

}   // namespace talos::worker
