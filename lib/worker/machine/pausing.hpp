#pragma once
#include "worker/machine/machine.hpp"

/// How a worker is paused, and what its time does meanwhile. For the files of the machine alone.
///
/// A worker is paused while it is starting or running and its main process is stopped by a signal, whoever sent it. Its timer stands still.
/// A stop of it continues it first.
namespace talos::worker {

[[nodiscard]] Transition on_pause_asked(Worker worker, Stamp at);
[[nodiscard]] Transition on_resume_asked(Worker worker);
/// What the kernel says of main.
[[nodiscard]] Transition on_paused(Worker worker, Stamp at);
[[nodiscard]] Transition on_resumed(Worker worker);

/// To be called with each transition: notes when its timer is due, holds one that is armed for a paused worker, and ends the pause of a
/// worker that goes down.
void keep_time(const Worker& before, const Event& event, Transition& transition);

}   // namespace talos::worker
