#include "checks/watch/health_watch.hpp"

#include "checks/watch/health_probes.hpp"
#include "checks/watch/health_watchdog.hpp"
#include "turn/services.hpp"
#include <algorithm>

namespace talos::checks {

using Kind = config::HealthSpec::Kind;

void HealthWatch::begin(Stamp since) {
    if (watching_) return;
    watching_ = true;
    health_ = worker::health_of_new_run(since);
    if (!paused_since_) watch();
}

void HealthWatch::end() {
    if (!watching_) return;
    watching_ = false;
    stop();
}

void HealthWatch::configure(const config::HealthSpec& spec) {
    spec_ = spec;
    if (watching()) watch();
}

void HealthWatch::pause() {
    if (paused_since_) return;
    paused_since_ = Clock::now();
    if (watching_) stop();
}

void HealthWatch::resume() {
    if (!paused_since_) return;
    const auto now = Clock::now();
    const auto since = *std::exchange(paused_since_, std::nullopt);
    if (!watching_) return;
    health_.begun += now - std::max(since, health_.begun);
    resumed(now);
    watch();
}

void HealthWatch::became(worker::Health after) {
    const auto before = std::exchange(health_, std::move(after));
    // One that was only marked until now may have become one that is to be restarted.
    const bool to_restart =
        health_.state == worker::HealthState::unhealthy && spec_.action == config::HealthSpec::Action::restart;
    if (health_.state != before.state || to_restart) return callbacks_.turned();
    if (health_.failures != before.failures || health_.reason != before.reason) callbacks_.news();
}

bool expects_heartbeats(const config::WorkerSpec& spec) {
    const auto* health = spec.health.get();
    return health != nullptr && health->kind == Kind::watchdog;
}

std::unique_ptr<HealthWatch> make_health_watch(turn::Services& services, const config::WorkerSpec& spec, std::uint64_t seed,
                                               HealthWatch::Callbacks callbacks) {
    const auto& health = *spec.health.get();
    switch (health.kind) {
    case Kind::probe:
        return std::make_unique<HealthProbes>(services.executor, probes_of(services, spec, health.probe), seed, health,
                                              std::move(callbacks));
    case Kind::watchdog: return std::make_unique<HealthWatchdog>(services.executor, health, std::move(callbacks));
    }
    __builtin_unreachable();
}

}   // namespace talos::checks
