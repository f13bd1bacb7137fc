#pragma once
#include "worker/machine/machine.hpp"
#include <cstdint>

/// How a worker goes down. For the files of the machine alone.
namespace talos::worker {

enum class Patience : std::uint8_t { plan, none };

/// The wait of the current step is over.
[[nodiscard]] Transition next_step(Worker worker);
/// Main was spawned although the worker has left `starting`.
[[nodiscard]] Transition stop_late_main(Worker worker, Stamp at);
/// Main has ended, in stopping.
[[nodiscard]] Transition on_exit_in_stopping(Worker worker, Stamp at);
/// Something that the stop may have waited for is gone: the rest of the tree, or a hook.
[[nodiscard]] Transition go_on_stopping(Worker worker, Stamp at);
/// Its time to become ready is over.
[[nodiscard]] Transition give_up_start(Worker worker, const config::ReadySpec& ready, Stamp at);
/// It runs and does not do its work.
[[nodiscard]] Transition on_unhealthy(Worker worker, const Unhealthy& event);

[[nodiscard]] Transition on_stop_asked(Worker worker, Stamp at, Patience patience);
[[nodiscard]] Transition on_restart_asked(Worker worker, Stamp at);
/// `goal`: down for a stop, up for a restart.
[[nodiscard]] Transition on_deferred(Worker worker, Stamp at, Goal goal);
[[nodiscard]] Transition on_dependents_gone(Worker worker, Stamp at);
/// Main ends while its stop is deferred: it is in stopping from then on.
[[nodiscard]] Worker stop_deferred(Worker worker, Stamp at);

}   // namespace talos::worker
