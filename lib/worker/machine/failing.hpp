// worker/machine: The state machine of one worker: worker and event in, new worker and actions out.
// Pure: it knows no clock, no descriptor and no log.
// Begin with machine.hpp.
#pragma once
#include "worker/machine/machine.hpp"

/// What follows when a worker fails. For the files of the machine alone.
namespace talos::worker {

/// A start that came to nothing, no spawn, no preparation or no readiness, or a run that was given up as unhealthy.
/// `left`: what it leaves behind.
[[nodiscard]] Transition count_failure(Worker worker, states::Leftovers left, Stamp at, Reason reason);

/// The stop of a run that was not ready in time, or is unhealthy, is over. A signal that ended it may have been that of the plan.
[[nodiscard]] Transition after_given_up(Worker worker, Stamp at);

/// Whether `fatalExitCodes` lists that end. Code 0 of a oneshot is success.
[[nodiscard]] bool is_fatal_exit(const config::WorkerSpec& spec, const ExitStatus& status);

/// Main has ended, nobody had asked it to, and that does not complete the worker.
[[nodiscard]] Transition after_unexpected_exit(Worker worker, states::Leftovers left, const Exited& event);

[[nodiscard]] Transition on_spawn_failed(Worker worker, const SpawnFailed& event);

}   // namespace talos::worker
