#pragma once
#include "aio/timer.hpp"
#include "checks/watch/health_watch.hpp"
#include <cstdint>
#include <memory>
#include <utility>

namespace talos::checks {

/// Expects WATCHDOG=1 again and again, never longer than the interval apart; WATCHDOG_USEC=N is another interval for this run.
class HealthWatchdog final : public HealthWatch {
public:
    HealthWatchdog(const aio::Executor& executor, const config::HealthSpec& spec, Callbacks callbacks)
        : HealthWatch(spec, std::move(callbacks)), limit_(spec.interval), timer_(executor) {}

    void equip(posix::SpawnRequest& request) const override;
    void heard(const NotifyMessage& message) override;

private:
    void watch() override;
    void stop() override;
    void resumed(SteadyTime now) override;
    void arm(SteadyTime at);
    void time_is_up();
    [[nodiscard]] SteadyTime due() const;

    Millis limit_;
    aio::Timer timer_;   // runs on when a heartbeat comes: what it means is decided when it fires
    bool armed_ = false;
    bool held_ = false;        // what is awaited goes on after a pause
    unsigned epoch_ = 0;       // of the timer: the handler of a cancelled one may be queued
    SteadyTime heartbeat_{};   // the last one, or when it began to run
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::checks
