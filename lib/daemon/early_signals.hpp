#pragma once

namespace talos::daemon {

/// Signals that arrived before talosd could handle them. posix::prepare_supervisor_signals keeps them pending; they are taken
/// here.
class EarlySignals {
public:
    /// `hangup_stops`: SIGHUP means that the terminal was closed.
    explicit EarlySignals(bool hangup_stops) : hangup_stops_(hangup_stops) {}

    /// Takes the pending signals. SIGUSR1, and SIGHUP unless it requests a stop, have no effect this early and are dropped.
    void take();

    /// The signal that requested a stop first; 0 if none did.
    [[nodiscard]] int stop() const { return stop_; }
    /// True if a stop was requested more than once: the user does not want to wait.
    [[nodiscard]] bool again() const { return stops_ > 1; }

private:
    bool hangup_stops_;
    int stop_ = 0;
    unsigned stops_ = 0;
};

}   // namespace talos::daemon
