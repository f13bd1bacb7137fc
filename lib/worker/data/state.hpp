#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace talos::worker {

/// Spelled the same in code, JSON, logs and on the screen.
///
/// | state    | meaning                                                 | leaves on                                    |
/// |----------|---------------------------------------------------------|----------------------------------------------|
/// | stopped  | not running: nobody wants it to, or not yet, since what | start; what it depends on is there           |
/// |          | it depends on is not there                              |                                              |
/// | starting | preStart runs, or to be spawned this turn, or spawned   | start time or readiness, exit, failed spawn  |
/// |          | and not yet up; a oneshot until it has ended            | or hook, stop, too long without readiness    |
/// | running  | up; also a oneshot that has ended and remains up        | exit, stop                                   |
/// | backoff  | waiting to be started again                             | timer, empty tree and end of hooks; stop     |
/// | stopping | the stop plan and its hooks are under way, asked for or | empty tree and end of hooks                  |
/// |          | since it did not become ready in time, or is unhealthy  |                                              |
/// | exited   | ended by itself and the policy leaves it there          | start; stop while more of its tree is left   |
/// | fatal    | failed `limit` times within `window`, or ended as       | start; stop while more of its tree is left   |
/// |          | `fatalExitCodes` lists                                  |                                              |
enum class State : std::uint8_t { stopped, starting, running, backoff, stopping, exited, fatal };

inline constexpr std::array all_states{State::stopped,  State::starting, State::running, State::backoff,
                                       State::stopping, State::exited,   State::fatal};

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
    case State::fatal: return "fatal";
    }
    __builtin_unreachable();
}

[[nodiscard]] constexpr std::string_view to_text(Goal goal) { return goal == Goal::up ? "up" : "down"; }

[[nodiscard]] constexpr std::optional<State> state_from(std::string_view text) {
    for (const State state : all_states)
        if (to_text(state) == text) return state;
    return std::nullopt;
}

}   // namespace talos::worker
