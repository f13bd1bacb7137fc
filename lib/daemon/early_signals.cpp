#include "daemon/early_signals.hpp"
#include "posix/processes/signals.hpp"

namespace talos::daemon {

void EarlySignals::take() {
    while (const int signal = posix::take_pending_signal()) {
        if (signal == SIGUSR1 || (signal == SIGHUP && !hangup_stops_)) continue;
        if (stop_ == 0) stop_ = signal;
        // The shell and the kernel may both report a closed terminal, even after a Ctrl-C. This is not a second request.
        if (signal != SIGHUP || stops_ == 0) ++stops_;
    }
}

}   // namespace talos::daemon
