#pragma once

namespace talos::daemon {

/// What signals asked for before talosd could act on them: held back by posix::prepare_supervisor_signals, taken here.
class EarlySignals {
public:
    /// `hangup_stops`: SIGHUP means that the terminal was closed.
    explicit EarlySignals(bool hangup_stops) : hangup_stops_(hangup_stops) {}

    /// Takes what is there by now. SIGUSR1 and a SIGHUP that asks for no stop have nothing to act on yet and are dropped.
    void take();

    /// The signal that asked for a stop first; 0 when none did.
    [[nodiscard]] int stop() const { return stop_; }
    /// Asked again: whoever waits has lost patience.
    [[nodiscard]] bool again() const { return stops_ > 1; }

private:
    bool hangup_stops_;
    int stop_ = 0;
    unsigned stops_ = 0;
};

}   // namespace talos::daemon
