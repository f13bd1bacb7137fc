#pragma once
#include "worker/data/worker.hpp"
#include <array>
#include <optional>
#include <string_view>

/// The states as documents, the control API and the command line have them. There is no word for `completed` among them: such a worker is
/// `running` while it remains up, and else `exited`. Readers recognise it: see completed() in status_document.hpp.
namespace talos::state {

inline constexpr std::array documented_states{worker::State::stopped, worker::State::starting, worker::State::running,
                                              worker::State::backoff, worker::State::stopping, worker::State::exited,
                                              worker::State::fatal};

[[nodiscard]] constexpr worker::State documented_state(worker::State state, bool remains_up) {
    if (state != worker::State::completed) return state;
    return remains_up ? worker::State::running : worker::State::exited;
}

[[nodiscard]] inline worker::State documented_state(const worker::Worker& worker) {
    return documented_state(worker.state(), worker.remains_up());
}

/// The state of one of those words; nothing for another text.
[[nodiscard]] constexpr std::optional<worker::State> state_from(std::string_view word) {
    for (const auto state : documented_states)
        if (worker::to_text(state) == word) return state;
    return std::nullopt;
}

}   // namespace talos::state
