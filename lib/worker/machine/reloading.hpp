#pragma once
#include "worker/machine/machine.hpp"

/// How a running worker is made to read its own config again (`reload` of its config). For the files of the machine alone.
///
/// A program ends with the reload it does, unless the worker has said RELOADING=1 meanwhile: then READY=1 ends it. A signal is answered by
/// READY=1 where `ready` is `notify`, and by nothing elsewhere: there it is done when it was sent.
namespace talos::worker {

[[nodiscard]] Transition on_reload_asked(Worker worker);
/// RELOADING=1.
[[nodiscard]] Transition on_reload_announced(Worker worker);
/// READY=1 of a worker that is up.
[[nodiscard]] Transition on_ready_again(Worker worker);
[[nodiscard]] Transition on_reload_program_ended(Worker worker, const HookEnded& event);
[[nodiscard]] Transition on_reload_time_over(Worker worker);
/// It is over, one way or the other; `failure`: in words, empty for none.
void end_reload(Worker& worker, std::string failure);

}   // namespace talos::worker
