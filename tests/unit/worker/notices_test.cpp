#include "support/a_worker.hpp"
#include "support/catch.hpp"

// onUnhealthy and onFatal run beside all else: nothing but a stop waits for them.

using namespace talos;
using namespace talos::worker;
using config::Hook;

TEST_CASE("notice: a restart goes on without it") {
    const auto running = a_worker().in(State::running).with_notice(Hook::on_unhealthy);
    CHECK(outcome(running, Unhealthy{t0, "x"}) == "stopping up: main SIGINT, timer 5s");
    const auto stopping = next(running, Unhealthy{t0, "x"}).worker;
    CHECK(outcome(stopping, exited(t0 + 1s, exit_code(0))) == "backoff up: timer 100ms");
    CHECK(outcome(next(running, RestartAsked{t0}).worker, exited(t0 + 1s, exit_code(0))) == "starting up: spawn");
    CHECK(outcome(a_worker().in(State::fatal).with_notice(Hook::on_fatal), StartAsked{t0}) == "starting up: spawn");
    CHECK(outcome(a_worker().in(State::backoff).with_notice(Hook::on_unhealthy), StartAsked{t0}) == "starting up: spawn");
}

TEST_CASE("notice: a stop waits for it once nothing else is left, and says so") {
    const auto running = a_worker().in(State::running).with_notice(Hook::on_unhealthy);
    const auto stopping = next(running, StopAsked{t0}).worker;
    const auto waiting = next(stopping, exited(t0 + 1s, exit_code(0))).worker;
    CHECK(waiting.state() == State::stopping);
    CHECK(waiting.reason.text() == "waiting for onUnhealthy to end");
    CHECK(outcome(waiting, NoticeEnded{t0 + 2s}) == "stopped down");
    CHECK(outcome(waiting, timer_of(stopping, t0 + 5s)) == "same");
    const auto early = next(stopping, NoticeEnded{t0}).worker;
    CHECK(early.state() == State::stopping);
    CHECK(outcome(early, exited(t0 + 1s, exit_code(0))) == "stopped down");
}

TEST_CASE("notice: a stop of a worker that has no process waits for it, too") {
    for (const auto state : {State::fatal, State::exited, State::backoff}) {
        const auto worker = a_worker().in(state).with_notice(Hook::on_fatal);
        CAPTURE(to_text(state));
        CHECK(outcome(worker, StopAsked{t0}) == "stopping down");
        const auto waiting = next(worker, StopAsked{t0}).worker;
        CHECK(waiting.reason.text() == "waiting for onFatal to end");
        CHECK(outcome(waiting, NoticeEnded{t0 + 1s}) == "stopped down");
        const auto killed = next(worker, KillAsked{t0}).worker;
        CHECK(killed.state() == State::stopping);
        CHECK(next(killed, NoticeEnded{t0 + 1s}).worker.state() == State::stopped);
    }
    const auto held = a_worker().wanted(Goal::up).with_notice(Hook::on_unhealthy);
    CHECK(next(held, StopAsked{t0}).worker.state() == State::stopping);
}

TEST_CASE("notice: a start that comes while a stop waits for it begins when it has ended") {
    const auto waiting = next(a_worker().in(State::fatal).with_notice(Hook::on_fatal), StopAsked{t0}).worker;
    const auto wanted = next(waiting, StartAsked{t0 + 1s}).worker;
    CHECK(wanted.state() == State::stopping);
    CHECK(outcome(wanted, NoticeEnded{t0 + 2s}) == "starting up: spawn");
}

TEST_CASE("notice: its end means nothing elsewhere") {
    for (const auto state : {State::running, State::fatal, State::backoff, State::exited, State::starting}) {
        const auto worker = a_worker().in(state).with_notice(Hook::on_fatal);
        const auto after = next(worker, NoticeEnded{t0});
        CHECK(after.worker.state() == state);
        CHECK(after.worker.notice == Hook::none);
        CHECK(after.actions.empty());
    }
}
