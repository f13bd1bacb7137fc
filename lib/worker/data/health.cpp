#include "worker/data/health.hpp"

#include <algorithm>
#include <utility>

namespace talos::worker {

namespace {

void enter(Health& health, HealthState state, Stamp at) {
    if (health.state != state) health.since = at.wall;
    health.state = state;
}

}   // namespace

Health health_of_new_run(Stamp running_since) {
    Health health;
    health.begun = running_since.steady;
    health.since = running_since.wall;
    return health;
}

bool failures_count(const Health& health, const config::HealthSpec& spec, SteadyTime at) {
    return !health.in_grace || at - health.begun >= spec.grace;
}

Health after_success(Health health, const config::HealthSpec& spec, Stamp at) {
    health.in_grace = false;
    health.failures = 0;
    health.successes = std::min(health.successes + 1, spec.successes);
    if (health.successes >= spec.successes) enter(health, HealthState::healthy, at);
    if (health.state != HealthState::unhealthy) health.reason.clear();
    return health;
}

Health after_failure(Health health, const config::HealthSpec& spec, Stamp at, std::string reason) {
    if (!failures_count(health, spec, at.steady)) return health;
    health.in_grace = false;
    health.successes = 0;
    health.failures = std::min(health.failures + 1, spec.failures);
    health.reason = std::move(reason);
    if (health.failures >= spec.failures) enter(health, HealthState::unhealthy, at);
    return health;
}

Health given_up(Health health, Stamp at, std::string reason) {
    health.in_grace = false;
    health.successes = 0;
    health.failures = 1;
    health.reason = std::move(reason);
    enter(health, HealthState::unhealthy, at);
    return health;
}

std::string reason_of(const Health& health) {
    return health.failures > 1 ? health.reason + " (" + std::to_string(health.failures) + " times in a row)" : health.reason;
}

}   // namespace talos::worker
