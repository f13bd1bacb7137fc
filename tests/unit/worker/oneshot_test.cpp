#include "support/a_worker.hpp"
#include "support/catch.hpp"

// A worker that is there to be done.

using namespace talos;
using namespace talos::worker;

namespace {

config::WorkerSpec a_oneshot(bool remain_up = false) {
    auto spec = a_spec();
    spec.kind = config::WorkerKind::oneshot;
    spec.remain_up = remain_up;
    return spec;
}

}   // namespace

TEST_CASE("oneshot: starting for as long as it takes, then completed, and startTime means nothing") {
    auto spec = a_oneshot();
    spec.start_time = 0s;
    const auto spawned = next(a_worker().of(spec).in(State::starting), Spawned{t0}).worker;
    CHECK(spawned.state() == State::starting);
    CHECK(next(spawned, timer_of(spawned, t0 + 1h)).worker == spawned);
    const auto done = next(spawned, exited(t0 + 1h, exit_code(0))).worker;
    CHECK(done.state() == State::completed);
    CHECK_FALSE(done.ready());
    CHECK(done.is_at_rest());
    CHECK(done.goal() == Goal::up);
    CHECK(done.reason.none());
    CHECK(outcome(done, StartAsked{t0 + 2h}) == "starting up: spawn");
}

TEST_CASE("oneshot: each failure counts, however long it ran") {
    auto spec = a_oneshot();
    spec.restart.limit = 2;
    spec.restart.window = 24h;
    const auto working = a_worker().of(spec).in(State::starting).with_main();
    const auto waiting = next(working, exited(t0 + 1h, exit_code(1))).worker;
    CHECK(waiting.state() == State::backoff);
    CHECK(waiting.failures == 1);
    const auto again = next(next(waiting, timer_of(waiting, t0 + 2h)).worker, Spawned{t0 + 2h}).worker;
    const auto fatal = next(again, exited(t0 + 3h, exit_code(1))).worker;
    CHECK(fatal.state() == State::fatal);
    CHECK(fatal.reason.text() == "2 failures within 1d, the last one: exit code 1");
}

TEST_CASE("oneshot: that remains up is up without a process until it is stopped, and a restart runs it again") {
    const auto spec = a_oneshot(true);
    const auto done = next(a_worker().of(spec).in(State::starting).with_main(), exited(t0 + 3s, exit_code(0))).worker;
    CHECK(done.state() == State::completed);
    CHECK(done.remains_up());
    CHECK_FALSE(done.is_at_rest());
    CHECK_FALSE(done.has_main());
    CHECK(done.ready());
    CHECK(outcome(done, StartAsked{t0 + 4s}) == "same");
    CHECK(outcome(done, StopAsked{t0 + 4s}) == "stopped down");
    CHECK(outcome(done, RestartAsked{t0 + 4s}) == "starting up: spawn");
    CHECK(next(done, RestartAsked{t0 + 4s}).worker.restarts == 0);
    CHECK(next(a_worker().of(spec).in(State::starting).with_main(), exited(t0 + 3s, exit_code(1))).worker.state() ==
          State::backoff);
}

TEST_CASE("oneshot: a policy that a reload has brought before its time does not run it again") {
    auto spec = a_oneshot();
    spec.restart.policy = config::RestartSpec::Policy::always;
    CHECK(next(a_worker().of(spec).in(State::starting).with_main(), exited(t0 + 3s, exit_code(0))).worker.state() ==
          State::completed);
}

TEST_CASE("oneshot: an earlier run completes it only while its config says that it is one, and only if it ended well") {
    const auto once = a_oneshot();
    auto worker = next(a_worker().of(once).in(State::starting).with_main(), exited(t0 + 3s, exit_code(0))).worker;
    const auto done = worker;
    worker.adopt(plain_spec);
    CHECK(worker.state() == State::exited);
    CHECK(worker.since == done.since);
    worker.adopt(once);
    CHECK(worker == done);
    Worker failed = a_worker().in(State::exited).after_run();
    failed.adopt(once);
    CHECK(failed.state() == State::exited);
    Worker fatal = a_worker().in(State::fatal);
    fatal.last_exit = done.last_exit;
    fatal.adopt(once);
    CHECK(fatal.state() == State::fatal);
}
