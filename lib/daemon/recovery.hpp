#pragma once
#include "core/result.hpp"
#include "daemon/early_signals.hpp"
#include "daemon/ready_pipe.hpp"
#include "state/data_directory.hpp"
#include "state/journal.hpp"
#include "turn/observer.hpp"

namespace talos::daemon {

/// A status.json that is still there was left by a talosd that did not stop: its workers may live on. They are ended by their plans
/// before anything is started; who had to be ended is shown, told to whoever waits for us, and written to the history.
/// Needs the lock. Blocks for as long as the plans take; a second signal to stop makes them end now.
[[nodiscard]] Result<> end_what_was_left(const state::DataDirectory& files, turn::Observer& observer, ReadyPipe& ready,
                                         state::Journal& journal, EarlySignals& signals);

}   // namespace talos::daemon
