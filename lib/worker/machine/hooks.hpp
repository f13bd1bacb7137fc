#pragma once
#include "worker/machine/machine.hpp"
#include <string>

/// When a worker's hooks run, and what waits for them. For the files of the machine alone. At most one runs at a time.
namespace talos::worker {

/// Nothing where the config has none.
[[nodiscard]] Actions run_hook(Worker& worker, config::Hook which);

/// Whether postStop is still to follow the last start.
[[nodiscard]] bool owes_post_stop(const Worker& worker);
/// Once nothing of a start is left, the hook that is to follow it. More than once is harmless.
[[nodiscard]] Actions follow_run(Worker& worker);

/// What keeps it from going on, in words: the rest of its tree, the hook that runs, or the notice.
[[nodiscard]] std::string waiting_text(const Worker& worker);

[[nodiscard]] Transition on_hook_ended(Worker worker, const HookEnded& event);
[[nodiscard]] Transition on_notice_ended(Worker worker, Stamp at);

}   // namespace talos::worker
