#include "checks/watch/health_watchdog.hpp"

#include "core/duration.hpp"
#include <algorithm>

namespace talos::checks {

void HealthWatchdog::equip(posix::SpawnRequest& request) const {
    set_variable(request, "WATCHDOG_USEC", std::to_string(std::chrono::microseconds(spec().interval).count()));
    // No WATCHDOG_PID, and the service manager's is not inherited: any process of the worker may send heartbeats.
}

void HealthWatchdog::watch() {
    const bool begins = heartbeat_ < health().begun;
    if (begins) heartbeat_ = health().begun;
    if (begins || armed_ || std::exchange(held_, false)) arm(due());   // else it has been silent for too long already
}

/// Its full time: what it would have sent at the very moment of the pause needs as long as any heartbeat.
void HealthWatchdog::resumed(SteadyTime now) {
    if (held_) heartbeat_ = now;
}

void HealthWatchdog::stop() {
    held_ = armed_;
    armed_ = false;
    ++epoch_;
    timer_.cancel();
}

SteadyTime HealthWatchdog::due() const {
    const auto next = heartbeat_ + limit_;
    return health().in_grace ? std::max<SteadyTime>(next, health().begun + spec().grace) : next;
}

void HealthWatchdog::heard(const NotifyMessage& message) {
    if (message.watchdog_limit) limit_ = *message.watchdog_limit;
    if (!watching()) return;
    const auto now = stamp_now();
    const bool had_grace = health().in_grace;
    if (message.watchdog_limit || message.heartbeat || message.trigger) heartbeat_ = now.steady;
    if (message.trigger) {
        tell_failure();
        became(worker::given_up(health(), now, "watchdog: it sent WATCHDOG=trigger"));
    } else if (message.heartbeat) {
        became(worker::after_success(health(), spec(), now));
    }
    const bool due_sooner = message.watchdog_limit || (message.heartbeat && !armed_) || (had_grace && !health().in_grace);
    if (due_sooner && watching()) arm(due());
}

void HealthWatchdog::arm(SteadyTime at) {
    armed_ = true;
    timer_.expires_at(at);
    timer_.async_wait([this, epoch = ++epoch_, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired() && epoch == epoch_) time_is_up();
    });
}

void HealthWatchdog::time_is_up() {
    armed_ = false;
    catch_up();   // talosd itself may have stood still: what it has not heard yet is no silence
    if (!watching() || armed_) return;
    const auto now = stamp_now();
    if (due() > now.steady) return arm(due());
    tell_failure();
    became(worker::given_up(health(), now, "watchdog: no heartbeat within " + format_duration(limit_)));
}

}   // namespace talos::checks
