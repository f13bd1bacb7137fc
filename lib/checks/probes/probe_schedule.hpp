#pragma once
#include "aio/timer.hpp"
#include "checks/probes/probe.hpp"
#include "checks/probes/probes.hpp"
#include "core/time.hpp"
#include <functional>
#include <memory>

namespace talos::checks {

/// Runs the attempts of one probe: never two at a time, each with a deadline.
class ProbeSchedule {
public:
    /// What came of a look. It may ask for the next one, or for none.
    using Done = std::function<void(const Result<>&)>;

    ProbeSchedule(const aio::Executor& executor, MakeProbe make, Done done)
        : make_(std::move(make)), done_(std::move(done)), timer_(executor) {}

    /// Makes one attempt, `pause` from now, which may take `longest`. A pending or running attempt is dropped.
    void after(Millis pause, Millis longest);
    void stop();

private:
    void look();
    void looked(const Result<>& result);
    void set(Millis time, void (ProbeSchedule::*then)());
    void too_long();

    MakeProbe make_;
    Done done_;
    Millis longest_{};
    aio::Timer timer_;   // until the next look, or until this one has taken too long
    std::unique_ptr<Probe> probe_;
    unsigned epoch_ = 0;   // of the timer: the handler of a cancelled one may be queued
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::checks
