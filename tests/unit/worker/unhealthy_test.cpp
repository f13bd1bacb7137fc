#include "support/a_worker.hpp"
#include "support/catch.hpp"

// A worker that runs and is found not to do its work.

using namespace talos;
using namespace talos::worker;

namespace {

constexpr const char* what = "http http://127.0.0.1/: it answers 500 instead of 200 (3 times in a row)";

/// Told so at that time, and ended by the stop plan a second later.
Worker ended_as_unhealthy(const Worker& running, Stamp at) {
    const auto stopping = next(running, Unhealthy{at, what}).worker;
    return next(stopping, exited(at + 1s, exit_code(0))).worker;
}

}   // namespace

TEST_CASE("unhealthy: it is stopped by its plan, counts as a failure however clean its end was, and says so") {
    const auto running = a_worker().in(State::running);
    CHECK(outcome(running, Unhealthy{t0 + 2s, what}) == "stopping up: main SIGINT, timer 5s");
    const auto stopping = next(running, Unhealthy{t0 + 2s, what}).worker;
    CHECK(stopping.reason.text() == std::string("unhealthy: ") + what);
    const auto waiting = ended_as_unhealthy(running, t0 + 2s);
    CHECK(waiting.state() == State::backoff);
    CHECK(waiting.failures == 1);
    CHECK(waiting.restarts == 0);
    CHECK(waiting.reason.text() == std::string("unhealthy: ") + what);
    CHECK(next(waiting, timer_of(waiting, t0 + 10s)).worker.restarts == 1);
}

TEST_CASE("unhealthy: failures add up while runs are short, and after one of resetAfter it is the first") {
    const auto running = a_worker().in(State::running).failed(4);
    CHECK(ended_as_unhealthy(running, t0 + 9s).failures == 5);
    CHECK(ended_as_unhealthy(running, t0 + 10s).failures == 1);
}

TEST_CASE("unhealthy: so many of these failures as the limit are fatal, and never is left as exited") {
    auto spec = a_spec();
    spec.restart.limit = 1;
    const auto fatal = ended_as_unhealthy(a_worker().of(spec).in(State::running), t0 + 1h);
    CHECK(fatal.state() == State::fatal);
    CHECK(fatal.reason.text() == std::string("1 failure within 1m, the last one: unhealthy: ") + what);
    spec.restart.limit = 0;
    spec.restart.policy = config::RestartSpec::Policy::never;
    CHECK(ended_as_unhealthy(a_worker().of(spec).in(State::running), t0 + 2s).state() == State::exited);
}

TEST_CASE("unhealthy: a wish that comes meanwhile wins") {
    const auto stopping = next(a_worker().in(State::running), Unhealthy{t0 + 2s, what}).worker;
    const auto again = next(stopping, StartAsked{t0 + 3s}).worker;
    CHECK(next(again, exited(t0 + 4s, exit_code(0))).worker.state() == State::starting);
    const auto down = next(stopping, StopAsked{t0 + 3s}).worker;
    CHECK(next(down, exited(t0 + 4s, exit_code(0))).worker.state() == State::stopped);
}
