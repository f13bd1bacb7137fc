#include "support/a_worker.hpp"
#include "support/catch.hpp"

// Earlier failures that are to count no more.

using namespace talos;
using namespace talos::worker;

namespace {

Worker after_crash(const Worker& worker, Stamp at) { return next(worker, exited(at, exit_code(1))).worker; }

}   // namespace

TEST_CASE("reset: the next failure is the first one again, and restarts go on counting") {
    auto worker = a_worker().in(State::running).failed(5);
    worker.restarts = 7;
    const auto reset = next(worker, ResetAsked{t0});
    CHECK(reset.actions.empty());
    CHECK(reset.worker.failures == 0);
    CHECK(reset.worker.restarts == 7);
    const auto crashed = next(reset.worker, exited(t0 + 1s, exit_code(1)));
    CHECK(crashed.actions == Actions{ArmTimer{100ms}});   // not the delay of the sixth
}

TEST_CASE("reset: the window of the limit begins anew") {
    const auto spec = a_spec_with({.limit = 2, .window = 1min});
    auto worker = after_crash(a_worker().of(spec).in(State::running), t0);
    CHECK(worker.recent_failures.size() == 1);
    worker = next(worker, ResetAsked{t0}).worker;
    CHECK(worker.recent_failures.empty());
    worker = next(worker, timer_of(worker, t0 + 100ms)).worker;
    worker = next(worker, Spawned{t0 + 100ms}).worker;
    CHECK(after_crash(worker, t0 + 200ms).state() == State::backoff);
}

TEST_CASE("reset: a fatal worker stays fatal, and its next start has all its tries") {
    const auto spec = a_spec_with({.limit = 2, .window = 1min});
    auto fatal = after_crash(a_worker().of(spec).in(State::running), t0);
    fatal = next(fatal, timer_of(fatal, t0 + 100ms)).worker;
    fatal = next(fatal, Spawned{t0 + 100ms}).worker;
    fatal = after_crash(fatal, t0 + 200ms);
    REQUIRE(fatal.state() == State::fatal);
    const auto reset = next(fatal, ResetAsked{t0 + 1s}).worker;
    CHECK(reset.state() == State::fatal);
    CHECK(reset.reason == fatal.reason);
    CHECK(reset.failures == 0);
    CHECK(reset.recent_failures.empty());
    CHECK(next(reset, StartAsked{t0 + 2s}).worker.state() == State::starting);
}

TEST_CASE("reset: a delay that runs goes on") {
    const auto waiting = a_worker().in(State::backoff).failed(3);
    const auto reset = next(waiting, ResetAsked{t0});
    CHECK(reset.actions.empty());
    CHECK(reset.worker.epoch == waiting.epoch);
    CHECK(reset.worker.next_start() == waiting.next_start());
}
