#include "worker/data/health.hpp"

#include "support/a_worker.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::worker;

namespace {

config::HealthSpec a_health(std::uint32_t failures, std::uint32_t successes, Millis grace = 0s) {
    config::HealthSpec spec;
    spec.failures = failures;
    spec.successes = successes;
    spec.grace = grace;
    return spec;
}

/// A look each second: `+` succeeds, `-` fails.
Health after(const config::HealthSpec& spec, std::string_view looks, Health health = health_of_new_run(t0)) {
    Millis passed{0};
    for (const char look : looks) {
        passed += 1s;
        if (look == '+') health = after_success(health, spec, t0 + passed);
        else health = after_failure(health, spec, t0 + passed, "no " + std::to_string(passed.count()));
    }
    return health;
}

HealthState state_after(const config::HealthSpec& spec, std::string_view looks) { return after(spec, looks).state; }

}   // namespace

TEST_CASE("health: unknown until looks in a row have succeeded or failed often enough") {
    const auto spec = a_health(3, 2);
    CHECK(state_after(spec, "") == HealthState::unknown);
    CHECK(state_after(spec, "+") == HealthState::unknown);
    CHECK(state_after(spec, "+-+-+") == HealthState::unknown);
    CHECK(state_after(spec, "++") == HealthState::healthy);
    CHECK(state_after(spec, "--") == HealthState::unknown);
    CHECK(state_after(spec, "---") == HealthState::unhealthy);
    CHECK(after(spec, "++").since == (t0 + 2s).wall);
    CHECK(after(spec, "+++++") == after(spec, "++"));   // nothing new: nothing to write down
}

TEST_CASE("health: one that flaps stays what it is until it is so often enough in a row") {
    const auto spec = a_health(3, 2);
    CHECK(state_after(spec, "++--+--+") == HealthState::healthy);
    CHECK(state_after(spec, "++---") == HealthState::unhealthy);
    CHECK(state_after(spec, "++---+-+-+") == HealthState::unhealthy);
    CHECK(state_after(spec, "++---++") == HealthState::healthy);
    CHECK(after(spec, "++---++").since == (t0 + 7s).wall);
}

TEST_CASE("health: failures are told while they count, and no longer once it is healthy") {
    const auto spec = a_health(3, 2);
    CHECK(after(spec, "++-").failures == 1);
    CHECK(after(spec, "++-").reason == "no 3000");
    CHECK(after(spec, "++-+").failures == 0);
    CHECK(after(spec, "++-+").reason.empty());
    CHECK(after(spec, "-----").failures == 3);
    CHECK(after(spec, "---+").reason == "no 3000");   // still unhealthy, by that
    CHECK(reason_of(after(spec, "---")) == "no 3000 (3 times in a row)");
    CHECK(reason_of(after(a_health(1, 1), "-")) == "no 1000");
}

TEST_CASE("health: within grace failures do not count, and the first success ends it") {
    const auto spec = a_health(2, 1, 5s);
    CHECK(after(spec, "----") == health_of_new_run(t0));
    CHECK(state_after(spec, "------") == HealthState::unhealthy);   // those after 5 s and 6 s
    CHECK(state_after(spec, "-----") == HealthState::unknown);
    CHECK(state_after(spec, "+--") == HealthState::unhealthy);
}

TEST_CASE("health: who says so itself is unhealthy at once, grace or not") {
    const auto health = given_up(health_of_new_run(t0), t0 + 1s, "watchdog: it sent WATCHDOG=trigger");
    CHECK(health.state == HealthState::unhealthy);
    CHECK(reason_of(health) == "watchdog: it sent WATCHDOG=trigger");
    CHECK(after_success(health, a_health(1, 1), t0 + 2s).state == HealthState::healthy);
}
