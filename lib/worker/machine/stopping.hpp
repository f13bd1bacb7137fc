#pragma once
#include "worker/machine/machine.hpp"
#include <cstdint>

/// How a worker goes down. For the files of the machine alone.
namespace talos::worker {

enum class Patience : std::uint8_t { plan, none };

[[nodiscard]] Transition begin_stop(Worker worker, Stamp at);
/// Performs the current step of the plan.
[[nodiscard]] Transition do_step(Worker worker);
/// The wait of the current step is over.
[[nodiscard]] Transition next_step(Worker worker);
/// What the current step meets only now gets its signal at once; the step's remaining wait counts for it.
[[nodiscard]] Transition signal_again(Worker worker);
/// Main has ended.
[[nodiscard]] Transition on_exit_in_stopping(Worker worker, Stamp at);
/// Something that the stop may have waited for is gone: the rest of the tree, or a hook.
[[nodiscard]] Transition go_on_stopping(Worker worker, Stamp at);
/// Its time to become ready is over.
[[nodiscard]] Transition give_up_start(Worker worker, const config::ReadySpec& ready, Stamp at);
/// It runs and does not do its work.
[[nodiscard]] Transition on_unhealthy(Worker worker, const Unhealthy& event);
/// Nothing of it is left.
[[nodiscard]] Transition finish_stop(Worker worker, Stamp at);

[[nodiscard]] Transition on_stop_asked(Worker worker, Stamp at, Patience patience);
[[nodiscard]] Transition on_restart_asked(Worker worker, Stamp at);
/// `goal`: down for a stop, up for a restart.
[[nodiscard]] Transition on_deferred(Worker worker, Stamp at, Goal goal);
[[nodiscard]] Transition on_dependents_gone(Worker worker, Stamp at);
/// Main has ended while its stop was deferred: it is in stopping from then on.
[[nodiscard]] Transition end_deferred(Worker worker, Stamp at);

}   // namespace talos::worker
