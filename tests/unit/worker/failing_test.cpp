#include "support/a_worker.hpp"
#include "support/catch.hpp"

// Exits that nobody asked for, failed spawns, and what follows: backoff, reset, limit.

using namespace talos;
using namespace talos::worker;

namespace {

using Policy = config::RestartSpec::Policy;

config::RestartSpec restart(Policy policy = Policy::on_failure) {
    config::RestartSpec spec;
    spec.policy = policy;
    spec.jitter = 0;
    return spec;
}

/// The worker spawned at `at` and crashed `after` that.
Transition crash(const Worker& worker, Stamp at, Millis after) {
    REQUIRE(worker.state() == State::starting);
    const auto up = next(worker, Spawned{at}).worker;
    return next(up, exited(at + after, exit_code(1)));
}

const SpawnFailed not_found{t0, "exec ./server: No such file or directory"};

}   // namespace

TEST_CASE("crash: each failure in a row waits twice as long, and then no longer than maxDelay") {
    Worker worker = a_worker().in(State::starting);
    Stamp at = t0;
    for (const Millis expected :
         {100ms, 200ms, 400ms, 800ms, 1'600ms, 3'200ms, 6'400ms, 12'800ms, 25'600ms, 30'000ms, 30'000ms}) {
        CAPTURE(expected.count());
        const auto crashed = crash(worker, at, 50ms);
        at = at + 50ms;
        CHECK(crashed.worker.state() == State::backoff);
        CHECK(crashed.actions == Actions{ArmTimer{expected}});
        CHECK(crashed.worker.next_start() == at.wall + expected);
        at = at + expected;
        worker = next(crashed.worker, timer_of(crashed.worker, at)).worker;
        CHECK(worker.state() == State::starting);
        CHECK_FALSE(worker.next_start());
    }
    CHECK(worker.restarts == 11);
}

TEST_CASE("crash: delay 0 restarts in the same turn, however often") {
    auto policy = restart();
    policy.delay = 0ms;
    const auto spec = a_spec_with(policy);
    Worker worker = a_worker().of(spec).in(State::starting);
    for (int n = 0; n < 100; ++n) {
        const auto crashed = crash(worker, t0, 1ms);
        REQUIRE(crashed.worker.state() == State::starting);
        REQUIRE(crashed.actions == Actions{Spawn{}});
        worker = crashed.worker;
    }
    CHECK(worker.restarts == 100);
}

TEST_CASE("crash: the jitter comes from the seed, so that two workers do not restart in step") {
    auto policy = restart();
    policy.jitter = 0.5;
    policy.delay = 10s;
    const auto spec = a_spec_with(policy);
    const auto wait_of = [&](std::uint64_t seed) {
        auto worker = a_worker().of(spec).in(State::starting);
        worker.random = seed;
        return crash(worker, t0, 1ms);
    };
    CHECK(wait_of(1).actions == wait_of(1).actions);
    CHECK(wait_of(1).actions != wait_of(2).actions);
    const auto again = crash(next(wait_of(1).worker, StartAsked{t0}).worker, t0, 1ms);
    CHECK(again.worker.failures == 1);
    CHECK(again.actions != wait_of(1).actions);   // the generator has moved on
}

TEST_CASE("policy: what an exit of each kind leads to") {
    struct Case {
        Policy policy;
        ExitStatus status;
        State expected;
    };
    const std::vector<Case> cases{
        {Policy::always, exit_code(0), State::backoff},       {Policy::always, exit_code(3), State::backoff},
        {Policy::always, killed_by(SIGTERM), State::backoff}, {Policy::on_failure, exit_code(0), State::exited},
        {Policy::on_failure, exit_code(3), State::backoff},   {Policy::on_failure, killed_by(SIGTERM), State::backoff},
        {Policy::never, exit_code(0), State::exited},         {Policy::never, exit_code(3), State::exited},
        {Policy::never, killed_by(SIGKILL), State::exited},
    };
    for (const auto& [policy, status, expected] : cases) {
        const auto spec = a_spec_with(restart(policy));
        CAPTURE(static_cast<int>(policy), status.code, status.signal);
        const auto ended = next(a_worker().of(spec).in(State::running), exited(t0 + 1s, status)).worker;
        CHECK(ended.state() == expected);
        CHECK(ended.goal() == Goal::up);   // what was asked for has not changed
        CHECK(ended.failures == (expected == State::backoff ? 1u : 0u));
    }
}

TEST_CASE("exit: how, when and after how long is kept") {
    const auto ended = next(a_worker().in(State::running), exited(t0 + 2'500ms, killed_by(SIGSEGV))).worker;
    REQUIRE(ended.last_exit);
    CHECK(*ended.last_exit == LastExit{killed_by(SIGSEGV), (t0 + 2'500ms).wall, 2'500ms});
    CHECK_FALSE(ended.has_main());
    CHECK(ended.since == t0 + 2'500ms);
}

TEST_CASE("reset: a run of at least resetAfter is failure 0 and restarted in the same turn") {
    const Worker worker = a_worker().in(State::running).failed(6);
    const auto short_run = next(worker, exited(t0 + 9'999ms, exit_code(1)));
    CHECK(short_run.worker.state() == State::backoff);
    CHECK(short_run.worker.failures == 7);

    const auto long_run = next(worker, exited(t0 + 10s, exit_code(1)));
    CHECK(long_run.worker.state() == State::starting);
    CHECK(long_run.actions == Actions{Spawn{}});
    CHECK(long_run.worker.failures == 0);
    CHECK(long_run.worker.restarts == 1);
    CHECK(crash(long_run.worker, t0 + 10s, 1ms).actions == Actions{ArmTimer{100ms}});
}

TEST_CASE("reset: the run counts from the spawn, not from being up") {
    const auto spawned = next(a_worker().in(State::starting), Spawned{t0}).worker;
    const auto up = next(spawned, timer_of(spawned, t0 + 1s)).worker;
    CHECK(up.since == t0 + 1s);
    CHECK(next(up, exited(t0 + 10s, exit_code(1))).worker.state() == State::starting);
}

TEST_CASE("limit: that many failures within the window are fatal, with the reason") {
    auto policy = restart();
    policy.limit = 3;
    const auto spec = a_spec_with(policy);
    const auto first = crash(a_worker().of(spec).in(State::starting), t0, 1s);
    const auto second = crash(next(first.worker, timer_of(first.worker, t0 + 2s)).worker, t0 + 2s, 1s);
    CHECK(second.worker.state() == State::backoff);
    const auto third = crash(next(second.worker, timer_of(second.worker, t0 + 4s)).worker, t0 + 4s, 1s);
    CHECK(third.worker.state() == State::fatal);
    CHECK(third.actions.empty());
    CHECK(third.worker.reason.text() == "3 failures within 1m, the last one: exit code 1");
    CHECK(third.worker.goal() == Goal::up);

    const auto again = next(third.worker, StartAsked{t0 + 1min});
    CHECK(again.worker.state() == State::starting);
    CHECK(again.worker.reason.none());
    CHECK(crash(again.worker, t0 + 1min, 1s).worker.state() == State::backoff);   // a start that was asked for begins anew
}

TEST_CASE("limit: 1 is fatal at the first failure") {
    auto policy = restart();
    policy.limit = 1;
    const auto spec = a_spec_with(policy);
    const auto crashed = crash(a_worker().of(spec).in(State::starting), t0, 1s);
    CHECK(crashed.worker.state() == State::fatal);
    CHECK(crashed.worker.reason.text() == "1 failure within 1m, the last one: exit code 1");
    CHECK(next(a_worker().of(spec).in(State::running), exited(t0 + 1s, exit_code(0))).worker.state() == State::exited);
}

TEST_CASE("limit: never reached by failures that are spread over more than the window") {
    auto policy = restart();
    policy.limit = 3;
    policy.window = 10s;
    policy.reset_after = 1h;
    const auto spec = a_spec_with(policy);
    Worker worker = a_worker().of(spec).in(State::starting);
    Stamp at = t0;
    for (int n = 0; n < 50; ++n) {
        const auto crashed = crash(worker, at, 5'001ms);   // any three lie 10.002 s apart
        at = at + 5'001ms;
        REQUIRE(crashed.worker.state() == State::backoff);
        REQUIRE(crashed.worker.recent_failures.size() <= 2);
        worker = next(crashed.worker, timer_of(crashed.worker, at)).worker;
    }
    CHECK(crash(worker, at, 5'000ms).worker.state() == State::backoff);
    CHECK(crash(worker, at, 4'999ms).worker.state() == State::fatal);   // the third last one is exactly the window ago
}

TEST_CASE("limit: a long run is no failure, and those before it still lie in the window") {
    auto policy = restart();
    policy.limit = 2;
    const auto spec = a_spec_with(policy);
    const auto first = crash(a_worker().of(spec).in(State::starting), t0, 1s);
    const auto restarted = next(first.worker, timer_of(first.worker, t0 + 2s)).worker;
    const auto long_run = crash(restarted, t0 + 2s, 20s);
    CHECK(long_run.worker.state() == State::starting);
    CHECK(crash(long_run.worker, t0 + 22s, 1s).worker.state() == State::fatal);
    CHECK(crash(long_run.worker, t0 + 2min, 1s).worker.state() == State::backoff);
}

TEST_CASE("limit: 0 is no limit, and then nothing is remembered") {
    Worker worker = a_worker().in(State::starting);
    for (int n = 0; n < 1'000; ++n) {
        const auto crashed = crash(worker, t0, 1ms);
        REQUIRE(crashed.worker.state() == State::backoff);
        worker = next(crashed.worker, timer_of(crashed.worker, t0)).worker;
    }
    CHECK(worker.recent_failures.capacity() == 0);
}

TEST_CASE("failed spawn: waits at least 100 ms whatever delay says") {
    auto policy = restart();
    policy.delay = 0ms;
    policy.max_delay = 50ms;
    const auto spec = a_spec_with(policy);
    const auto failed = next(a_worker().of(spec).in(State::starting), not_found);
    CHECK(failed.worker.state() == State::backoff);
    CHECK(failed.actions == Actions{ArmTimer{100ms}});
    CHECK(failed.worker.next_start() == t0.wall + 100ms);
    CHECK(failed.worker.reason.text() == "exec ./server: No such file or directory");
}

TEST_CASE("failed spawn: a failure like an exit, so the delay grows and the next attempt counts as a restart") {
    Worker worker = a_worker().in(State::starting);
    for (const Millis expected : {100ms, 200ms, 400ms, 800ms}) {
        const auto failed = next(worker, not_found);
        CHECK(failed.actions == Actions{ArmTimer{expected}});
        worker = next(failed.worker, timer_of(failed.worker, t0)).worker;
        CHECK(worker.reason.none());
    }
    CHECK(worker.restarts == 4);
    CHECK_FALSE(worker.last_exit);   // nothing ran, so nothing exited
}

TEST_CASE("failed spawn: fatal only by the limit, which mixes it with exits") {
    auto policy = restart();
    policy.limit = 2;
    const auto spec = a_spec_with(policy);
    const auto crashed = crash(a_worker().of(spec).in(State::starting), t0, 1s);
    const auto failed =
        next(next(crashed.worker, timer_of(crashed.worker, t0 + 2s)).worker, SpawnFailed{t0 + 2s, "fork: EAGAIN"});
    CHECK(failed.worker.state() == State::fatal);
    CHECK(failed.actions.empty());
    CHECK(failed.worker.reason.text() == "2 failures within 1m, the last one: fork: EAGAIN");
}

TEST_CASE("failed spawn: retried under always, left alone under never, both with the reason") {
    const auto always = a_spec_with(restart(Policy::always));
    const auto never = a_spec_with(restart(Policy::never));
    const auto retried = next(a_worker().of(always).in(State::starting), not_found);
    CHECK(retried.worker.state() == State::backoff);
    CHECK(retried.worker.reason.text() == not_found.reason);
    const auto left = next(a_worker().of(never).in(State::starting), not_found);
    CHECK(left.worker.state() == State::exited);
    CHECK(left.actions.empty());
    CHECK(left.worker.reason.text() == not_found.reason);
}
