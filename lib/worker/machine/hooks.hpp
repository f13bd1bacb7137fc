#pragma once
#include "worker/machine/machine.hpp"

/// When a worker's hooks run, and what waits for them. For the files of the machine alone. At most one runs at a time.
namespace talos::worker {

[[nodiscard]] bool has_hook(const Worker& worker, config::Hook which);

/// Once nothing of a start is left, the hook that is to follow it. More than once is harmless.
[[nodiscard]] Actions follow_run(Worker& worker);

/// What keeps it from going on: the rest of its tree, the hook that runs, or the notice.
[[nodiscard]] Reason waits_for_end(const Worker& worker);

[[nodiscard]] Transition on_hook_ended(Worker worker, const HookEnded& event);
[[nodiscard]] Transition on_notice_ended(Worker worker, Stamp at);

}   // namespace talos::worker
