#pragma once
#include "worker/machine/machine.hpp"

/// How a worker comes up. For the files of the machine alone.
namespace talos::worker {

/// `left`: what the last run has left. The start waits for its end.
[[nodiscard]] Transition begin_start(Worker worker, states::Leftovers left, Stamp at, Start start);

/// It is up now, with its main.
[[nodiscard]] Transition come_up(Worker worker, Stamp at);
/// Its main has ended and done what it was there for.
[[nodiscard]] Transition complete(Worker worker, states::Leftovers left, Stamp at);
/// In backoff: something of the last run that the next one may have waited for is gone.
[[nodiscard]] Transition go_on_waiting(Worker worker, Stamp at);

/// The spec that a worker waits by, while it waits to become ready.
[[nodiscard]] const config::ReadySpec* awaited(const Worker& worker);

[[nodiscard]] Transition on_start_asked(Worker worker, Stamp at);
[[nodiscard]] Transition on_spawned(Worker worker, Stamp at);
[[nodiscard]] Transition on_ready(Worker worker, Stamp at);

[[nodiscard]] Transition on_held(Worker worker, Stamp at);
[[nodiscard]] Transition on_released(Worker worker, Stamp at);
[[nodiscard]] Transition on_time_asked(Worker worker, const TimeAsked& event);

}   // namespace talos::worker
