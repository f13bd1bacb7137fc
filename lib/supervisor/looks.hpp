#pragma once
#include "aio/probe.hpp"
#include "aio/types.hpp"
#include "core/time.hpp"
#include "supervisor/probes.hpp"
#include <functional>
#include <memory>

namespace talos::supervisor {

/// Looks of one probe, never two at once, each with an end.
class Looks {
public:
    /// What came of a look. It may ask for the next one, or for none.
    using Done = std::function<void(const Result<>&)>;

    Looks(const aio::Executor& executor, MakeProbe make, Done done) : make_(std::move(make)), done_(std::move(done)), timer_(executor) {}

    /// Looks once, `pause` from now on, for at most `longest`. A look that is awaited or under way is dropped.
    void after(Millis pause, Millis longest);
    void stop();

private:
    void look();
    void looked(const Result<>& result);
    void set(Millis time, void (Looks::*then)());
    void too_long();

    MakeProbe make_;
    Done done_;
    Millis longest_{};
    aio::Timer timer_;                   // until the next look, or until this one has taken too long
    std::unique_ptr<aio::Probe> probe_;
    unsigned epoch_ = 0;                 // of the timer: the handler of a cancelled one may be queued
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace talos::supervisor
