#pragma once
#include "worker/action.hpp"
#include "worker/event.hpp"
#include "worker/worker.hpp"

namespace talos::worker {

struct Transition {
    Worker worker;
    Actions actions;
};

/// The whole behaviour of one worker: pure, total (every event is answered in every state), no clock, no system call.
/// A transition that enters a state moves the epoch; a timer of an older epoch changes nothing.
[[nodiscard]] Transition next(const Worker& worker, const Event& event);

}  // namespace talos::worker
