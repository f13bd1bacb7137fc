#include "daemon/early_signals.hpp"
#include "posix/processes/signals.hpp"

namespace talos::daemon {

void EarlySignals::take() {
    while (const int signal = posix::take_held_signal()) {
        if (signal == SIGUSR1 || (signal == SIGHUP && !hangup_stops_)) continue;
        if (stop_ == 0) stop_ = signal;
        // shell and kernel may both tell of a closed terminal, and that after a Ctrl-C: no second wish
        if (signal != SIGHUP || stops_ == 0) ++stops_;
    }
}

}   // namespace talos::daemon
