#pragma once
#include "aio/types.hpp"
#include "checks/probes/probe_schedule.hpp"
#include "checks/watch/ready_watch.hpp"
#include <string>
#include <utility>

namespace talos::checks {

/// How long after look number `looks` (from 1) the next one comes: soon after the first, later every `interval`.
[[nodiscard]] constexpr Millis pause_after(unsigned looks, Millis interval) {
    constexpr unsigned quick = 12;
    if (looks >= quick) return interval;
    const Millis pause{5LL << looks};
    return pause < interval ? pause : interval;
}

/// How long one look may take.
[[nodiscard]] constexpr Millis longest_look(Millis interval) {
    constexpr Millis least{5'000};
    return interval < least ? least : interval;
}

/// Probes repeatedly, one probe at a time, until one of them finds the worker ready.
class ReadyPoll final : public ReadyWatch {
public:
    /// `what`: for the history, what a look that succeeds has seen.
    ReadyPoll(const aio::Executor& executor, MakeProbe make, Millis interval, std::string what, Callbacks callbacks)
        : schedule_(executor, std::move(make), [this](const Result<>& result) { looked(result); }), interval_(interval),
          what_(std::move(what)), callbacks_(std::move(callbacks)) {}

    void begin() override { look_after(Millis{0}); }
    void settle() override { schedule_.stop(); }
    void pause() override { schedule_.stop(); }
    /// A worker that is paused and resumed without end does not make looks without end.
    void resume() override { look_after(pause_after(++count_, interval_)); }

private:
    void look_after(Millis pause) { schedule_.after(pause, longest_look(interval_)); }
    void looked(const Result<>& result);

    ProbeSchedule schedule_;
    Millis interval_;
    std::string what_;
    Callbacks callbacks_;
    std::string told_;   // the last failure
    unsigned count_ = 0;
};

}   // namespace talos::checks
