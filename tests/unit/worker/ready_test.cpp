#include "support/a_worker.hpp"
#include "support/catch.hpp"

// A worker whose config says what makes it ready.

using namespace talos;
using namespace talos::worker;

namespace {

config::WorkerSpec a_ready_spec(Millis timeout) {
    auto spec = a_spec();
    spec.ready.make().timeout = timeout;
    return spec;
}

/// Its time is over, and its main process has ended by the stop plan.
Worker failed_to_become_ready(const Worker& starting, Stamp at) {
    const auto stopping = next(starting, timer_of(starting, at)).worker;
    return next(stopping, exited(at + 1s, killed_by(SIGINT))).worker;
}

}   // namespace

TEST_CASE("ready: readiness alone makes it running, startTime does not count, and it says what it waits for") {
    auto spec = a_ready_spec(30s);
    spec.start_time = 0s;
    const auto starting = next(a_worker().of(spec).in(State::starting), Spawned{t0}).worker;
    CHECK(starting.state() == State::starting);
    CHECK(starting.reason.text() == "waiting to be ready (notify)");
    CHECK_FALSE(starting.ready());
    const auto running = next(starting, BecameReady{t0 + 2s}).worker;
    CHECK(running.state() == State::running);
    CHECK(running.ready());
    CHECK(running.reason.none());
    CHECK(next(running, timer_of(starting, t0 + 30s)).worker == running);
}

TEST_CASE("ready: who is not ready in time is stopped by its plan, counts as a failed start, and says so") {
    auto spec = a_ready_spec(30s);
    spec.restart.delay = 2s;
    const auto starting = a_worker().of(spec).in(State::starting).with_main();
    const auto stopping = next(starting, timer_of(starting, t0 + 30s)).worker;
    CHECK(stopping.goal() == Goal::up);
    CHECK(stopping.reason.text() == "not ready within 30s (notify)");
    const auto waiting = failed_to_become_ready(starting, t0 + 30s);
    CHECK(waiting.state() == State::backoff);
    CHECK(waiting.reason.text() == "not ready within 30s (notify)");
    CHECK(waiting.failures == 1);
    CHECK(waiting.restarts == 0);
    CHECK(next(waiting, timer_of(waiting, t0 + 40s)).worker.restarts == 1);
}

TEST_CASE("ready: why the last probe failed is part of the reason, while it starts and once its time is over") {
    auto spec = a_ready_spec(30s);
    spec.ready.make().kind = config::ReadySpec::Kind::probe;
    spec.ready.make().probe.kind = config::ProbeSpec::Kind::http;
    spec.ready.make().probe.target = "http://127.0.0.1/";
    const auto starting = next(a_worker().of(spec).in(State::starting), Spawned{t0}).worker;
    const auto failed = not_ready_yet(not_ready_yet(starting, "refused"), "it answers 503");
    CHECK(failed.reason.text() == "waiting to be ready (http http://127.0.0.1/): it answers 503");
    CHECK(next(failed, timer_of(failed, t0 + 30s)).worker.reason.text() ==
          "not ready within 30s (http http://127.0.0.1/): it answers 503");
    const auto running = next(failed, BecameReady{t0 + 2s}).worker;
    CHECK(running.reason.none());
    CHECK(not_ready_yet(running, "late").reason.none());
}

TEST_CASE("ready: as many failures of that kind as the limit are fatal, and never is left as exited") {
    auto spec = a_ready_spec(30s);
    spec.restart.limit = 1;
    const auto fatal = failed_to_become_ready(a_worker().of(spec).in(State::starting).with_main(), t0 + 30s);
    CHECK(fatal.state() == State::fatal);
    CHECK(fatal.reason.text() == "1 failure within 1m, the last one: not ready within 30s (notify)");

    auto never = a_ready_spec(30s);
    never.restart.policy = config::RestartSpec::Policy::never;
    const auto left = failed_to_become_ready(a_worker().of(never).in(State::starting).with_main(), t0 + 30s);
    CHECK(left.state() == State::exited);
    CHECK(left.reason.text() == "not ready within 30s (notify)");
}

TEST_CASE("ready: a clean end after its time was over is no reason to leave it there") {
    const auto spec = a_ready_spec(30s);
    const auto starting = a_worker().of(spec).in(State::starting).with_main();
    const auto stopping = next(starting, timer_of(starting, t0 + 30s)).worker;
    CHECK(next(stopping, exited(t0 + 31s, exit_code(0))).worker.state() == State::backoff);
}

TEST_CASE("ready: an exit before readiness is a failure, however long it took") {
    const auto spec = a_ready_spec(1h);
    const auto starting = a_worker().of(spec).in(State::starting).with_main();
    const auto after = next(starting, exited(t0 + 30min, exit_code(1))).worker;
    CHECK(after.state() == State::backoff);
    CHECK(after.failures == 1);
    CHECK(next(a_worker().of(spec).in(State::running), exited(t0 + 30min, exit_code(1))).worker.failures == 0);
}

TEST_CASE("ready: a start that is asked for meanwhile is not held up by the failure, and a stop ends in stopped") {
    const auto spec = a_ready_spec(30s);
    const auto starting = a_worker().of(spec).in(State::starting).with_main();
    const auto stopping = next(starting, timer_of(starting, t0 + 30s)).worker;
    const auto again = next(stopping, StartAsked{t0 + 31s}).worker;
    CHECK(next(again, exited(t0 + 32s, killed_by(SIGINT))).worker.state() == State::starting);
    const auto down = next(stopping, StopAsked{t0 + 31s}).worker;
    CHECK(next(down, exited(t0 + 32s, killed_by(SIGINT))).worker.state() == State::stopped);
}

TEST_CASE("ready: time that is asked for moves the deadline, never to before the config's") {
    const auto spec = a_ready_spec(30s);
    const auto starting = a_worker().of(spec).in(State::starting).with_main();
    CHECK(outcome(starting, TimeAsked{t0 + 20s, 5s}) == "starting up: timer 10s");
    const auto extended = next(starting, TimeAsked{t0 + 20s, 60s}).worker;
    CHECK(outcome(starting, TimeAsked{t0 + 20s, 60s}) == "starting up: timer 1m");
    CHECK(next(extended, timer_of(starting, t0 + 30s)).worker == extended);
    CHECK(next(extended, timer_of(extended, t0 + 80s)).worker.reason.text() == "not ready within 1m20s (notify)");
    CHECK(outcome(extended, TimeAsked{t0 + 75s, 1s}) == "starting up: timer 1s");
}

TEST_CASE("ready: words about readiness mean nothing to a worker without it") {
    CHECK(outcome(a_worker().in(State::starting).with_main(), BecameReady{t0}) == "same");
    CHECK(outcome(a_worker().in(State::running), TimeAsked{t0, 1s}) == "same");
}
