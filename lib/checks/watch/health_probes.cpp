#include "checks/watch/health_probes.hpp"

#include "config/model/probe_text.hpp"
#include "worker/data/restart_policy.hpp"

namespace talos::checks {

void HealthProbes::watch() { look_after(first_pause(spec().interval, worker::roll(random_))); }

void HealthProbes::look_after(Millis pause) {
    look_at_ = Clock::now() + pause;
    schedule_.after(pause, spec().timeout);
}

void HealthProbes::looked(const Result<>& result) {
    const auto now = stamp_now();
    // First of all: what is told may end this, or change when the next one comes.
    look_after(next_pause(spec().interval, elapsed(look_at_, now.steady), worker::roll(random_)));
    if (result) return became(worker::after_success(health(), spec(), now));
    tell_failure();
    became(worker::after_failure(health(), spec(), now, config::to_text(spec().probe) + ": " + result.error().message()));
}

}   // namespace talos::checks
