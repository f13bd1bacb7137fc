#pragma once
#include "core/result.hpp"
#include "daemon/early_signals.hpp"
#include "daemon/ready_pipe.hpp"
#include "state/data_directory.hpp"
#include "state/journal.hpp"
#include "turn/observer.hpp"

namespace talos::daemon {

/// Recovers from a talosd that was killed. It has left its status.json, and its workers may still run. Ends them with their stop
/// plans before anything is started. Reports the ended processes to the observer, to the process that waits for the start, and in
/// the history. Requires the lock. Blocks for as long as the stop plans take; a second stop signal ends the plans at once.
[[nodiscard]] Result<> end_leftovers(const state::DataDirectory& files, turn::Observer& observer, ReadyPipe& ready,
                                     state::Journal& journal, EarlySignals& signals);

}   // namespace talos::daemon
