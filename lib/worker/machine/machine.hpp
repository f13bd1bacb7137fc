#pragma once
#include "worker/data/action.hpp"
#include "worker/data/event.hpp"
#include "worker/data/worker.hpp"
#include <string_view>

namespace talos::worker {

struct Transition {
    Worker worker;
    Actions actions;
};

/// The whole behaviour of one worker: pure, total (every event is answered in every state), no clock, no system call.
/// A transition that enters a state moves the epoch; a timer of an older epoch changes nothing.
[[nodiscard]] Transition next(const Worker& worker, const Event& event);

/// Why the worker cannot be told to reload now, in words; empty: it can.
[[nodiscard]] std::string_view reload_refusal(const Worker& worker);

/// Whether Paused (`stopped`) or Resumed means anything to it.
[[nodiscard]] bool changes_pause(const Worker& worker, bool stopped);

/// The worker with the reason why its last probe did not find it ready; unchanged when it no longer waits to become ready.
[[nodiscard]] Worker not_ready_yet(Worker worker, std::string_view why);

}   // namespace talos::worker
