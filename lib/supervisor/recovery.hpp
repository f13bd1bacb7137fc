#pragma once
#include "core/result.hpp"
#include "daemon/data_directory.hpp"
#include "daemon/journal.hpp"
#include "supervisor/early_signals.hpp"
#include "supervisor/observer.hpp"
#include "supervisor/ready_pipe.hpp"

namespace talos::supervisor {

/// A status.json that is still there was left by a talosd that did not stop: its workers may live on. They are ended by their plans
/// before anything is started; who had to be ended is shown, told to whoever waits for us, and written to the history.
/// Needs the lock. Blocks for as long as the plans take; a second signal to stop makes them end now.
[[nodiscard]] Result<> end_what_was_left(const daemon::DataDirectory& files, Observer& observer, ReadyPipe& ready,
                                         daemon::Journal& journal, EarlySignals& signals);

}  // namespace talos::supervisor
