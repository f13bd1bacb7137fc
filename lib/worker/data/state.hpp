#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace talos::worker {

/// Where a worker is.
///
/// | state     | meaning                                                 | leaves on                                    |
/// |-----------|---------------------------------------------------------|----------------------------------------------|
/// | stopped   | not running: nobody wants it to, or not yet, since what | start; what it depends on is there           |
/// |           | it depends on is not there                              |                                              |
/// | starting  | preStart runs, or to be spawned this turn, or spawned   | start time or readiness, exit, failed spawn  |
/// |           | and not yet up; a oneshot until it has ended            | or hook, stop, too long without readiness    |
/// | running   | up                                                      | exit, stop                                   |
/// | backoff   | waiting to be started again                             | timer, empty tree and end of hooks; stop     |
/// | stopping  | the stop plan and its hooks are under way, asked for or | empty tree and end of hooks                  |
/// |           | since it did not become ready in time, or is unhealthy  |                                              |
/// | exited    | ended by itself and the policy leaves it there          | start; stop while more of its tree is left   |
/// | completed | a oneshot that has ended with code 0. With `remainUp`   | start; stop while more of its tree is left;  |
/// |           | it counts as up                                         | with `remainUp`: restart, stop               |
/// | fatal     | failed `limit` times within `window`, or ended as       | start; stop while more of its tree is left   |
/// |           | `fatalExitCodes` lists                                  |                                              |
///
/// Documents and the command line have no word for completed: daemon::documented_state() has the words.
enum class State : std::uint8_t { stopped, starting, running, backoff, stopping, exited, completed, fatal };

inline constexpr std::array all_states{State::stopped,  State::starting, State::running,   State::backoff,
                                       State::stopping, State::exited,   State::completed, State::fatal};

/// What was asked for, apart from the state.
enum class Goal : std::uint8_t { down, up };

[[nodiscard]] constexpr std::string_view to_text(State state) {
    switch (state) {
    case State::stopped: return "stopped";
    case State::starting: return "starting";
    case State::running: return "running";
    case State::backoff: return "backoff";
    case State::stopping: return "stopping";
    case State::exited: return "exited";
    case State::completed: return "completed";
    case State::fatal: return "fatal";
    }
    __builtin_unreachable();
}

[[nodiscard]] constexpr std::string_view to_text(Goal goal) { return goal == Goal::up ? "up" : "down"; }

}   // namespace talos::worker
