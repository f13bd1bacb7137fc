#include "support/a_worker.hpp"
#include "support/catch.hpp"
#include "worker/data/stop_plan.hpp"

// The stop plan, and what is left of a tree.

using namespace talos;
using namespace talos::worker;

namespace {

Transition fire(const Worker& worker, Stamp at = t0) { return next(worker, timer_of(worker, at)); }

}   // namespace

TEST_CASE("stop plan: every step signals and waits, SIGKILL only after the last wait has passed") {
    const auto first = next(a_worker().in(State::running), StopAsked{t0});
    CHECK(first.worker.state() == State::stopping);
    CHECK(first.actions == Actions{SignalMain{SIGINT}, ArmTimer{5s}});
    const auto second = fire(first.worker);
    CHECK(second.actions == Actions{SignalMain{SIGTERM}, ArmTimer{10s}});
    const auto third = fire(second.worker);
    CHECK(third.actions == Actions{SignalMain{SIGKILL}});   // no timer: the kernel owes us the exit
    CHECK(third.worker.state() == State::stopping);
    const auto dead = next(third.worker, exited(t0 + 15s, killed_by(SIGKILL)));
    CHECK(dead.worker.state() == State::stopped);
    CHECK(dead.actions.empty());
}

TEST_CASE("stop plan: without steps SIGKILL comes at once") {
    auto spec = a_spec();
    spec.stop.clear();
    const auto stopping = next(a_worker().of(spec).in(State::running), StopAsked{t0});
    CHECK(stopping.worker.state() == State::stopping);
    CHECK(stopping.actions == Actions{SignalMain{SIGKILL}});
}

TEST_CASE("stop plan: a step without a wait goes on as soon as its timer fires") {
    auto spec = a_spec();
    spec.stop = {{SIGTERM, 0ms}};
    const auto stopping = next(a_worker().of(spec).in(State::running), StopAsked{t0});
    CHECK(stopping.actions == Actions{SignalMain{SIGTERM}, ArmTimer{0ms}});
    CHECK(fire(stopping.worker).actions == Actions{SignalMain{SIGKILL}});
}

TEST_CASE("stop plan: a timer of an earlier step changes nothing") {
    const auto first = next(a_worker().in(State::running), StopAsked{t0});
    const auto second = fire(first.worker);
    CHECK(outcome(second.worker, TimerFired{t0, first.worker.epoch}) == "same");
    const auto third = fire(second.worker);
    CHECK(outcome(third.worker, TimerFired{t0, first.worker.epoch}) == "same");
    CHECK(outcome(third.worker, TimerFired{t0, second.worker.epoch}) == "same");
}

TEST_CASE("stop plan: its signals and its length") {
    const auto spec = a_spec();
    CHECK(stop_signal(spec, 0) == SIGINT);
    CHECK(stop_signal(spec, 1) == SIGTERM);
    CHECK(stop_signal(spec, 2) == SIGKILL);
    CHECK(stop_signal(spec, 1'000) == SIGKILL);
    CHECK(plan_length(spec.stop) == 15s);
    CHECK(plan_length({}) == 0ms);
}

TEST_CASE("stop: an exit in answer to it is no failure, whatever its code") {
    for (const auto& status : {exit_code(0), exit_code(1), killed_by(SIGTERM), killed_by(SIGSEGV)}) {
        const auto stopped = next(a_worker().in(State::stopping), exited(t0 + 1s, status)).worker;
        CHECK(stopped.state() == State::stopped);
        CHECK(stopped.failures == 0);
        REQUIRE(stopped.last_exit);
        CHECK(stopped.last_exit->status == status);
        CHECK(stopped.last_exit->uptime == 1s);
    }
}

TEST_CASE("stop: main gone first, the rest gets the current step's signal at once and the step's wait goes on") {
    const auto first = next(a_worker().in(State::running), StopAsked{t0});
    const auto second = fire(first.worker, t0 + 5s);
    const auto main_gone = next(second.worker, exited_leaving_rest(t0 + 6s, exit_code(0)));
    CHECK(main_gone.worker.state() == State::stopping);
    CHECK(main_gone.actions == Actions{SignalRest{SIGTERM}});
    CHECK(main_gone.worker.epoch == second.worker.epoch);   // so the timer that is running still counts
    const auto third = fire(main_gone.worker, t0 + 15s);
    CHECK(third.actions == Actions{SignalRest{SIGKILL}});
    const auto empty = next(third.worker, RestGone{t0 + 16s});
    CHECK(empty.worker.state() == State::stopped);
    CHECK(empty.worker.since == t0 + 16s);
    CHECK(empty.actions.empty());
}

TEST_CASE("stop: the rest goes through the further steps too") {
    const auto first = next(a_worker().in(State::running), StopAsked{t0});
    const auto main_gone = next(first.worker, exited_leaving_rest(t0 + 1s, exit_code(0)));
    CHECK(main_gone.actions == Actions{SignalRest{SIGINT}});
    const auto second = fire(main_gone.worker);
    CHECK(second.actions == Actions{SignalRest{SIGTERM}, ArmTimer{10s}});
    CHECK(fire(second.worker).actions == Actions{SignalRest{SIGKILL}});
}

TEST_CASE("stop: stopped is entered when the tree is empty, not when main is gone") {
    const auto main_gone = next(a_worker().in(State::stopping), exited_leaving_rest(t0, exit_code(0))).worker;
    CHECK(main_gone.state() == State::stopping);
    CHECK(next(main_gone, RestGone{t0}).worker.state() == State::stopped);
}

TEST_CASE("kill: SIGKILL at once from every step, and the step's timer is late") {
    const auto first = next(a_worker().in(State::running), StopAsked{t0});
    const auto killed = next(first.worker, KillAsked{t0});
    CHECK(killed.actions == Actions{SignalMain{SIGKILL}});
    CHECK(killed.worker.epoch > first.worker.epoch);
    CHECK(outcome(killed.worker, TimerFired{t0, first.worker.epoch}) == "same");
    CHECK(outcome(killed.worker, timer_of(killed.worker, t0)) == "same");
    CHECK(killed.worker.since == first.worker.since);

    const auto rest_only = next(first.worker, exited_leaving_rest(t0, exit_code(0))).worker;
    CHECK(next(rest_only, KillAsked{t0}).actions == Actions{SignalRest{SIGKILL}});
}

TEST_CASE("kill: asked again, the worker is the same and the signal is repeated") {
    const auto killed = next(a_worker().in(State::running), KillAsked{t0});
    const auto again = next(killed.worker, KillAsked{t0 + 1s});
    CHECK(again.worker == killed.worker);
    CHECK(again.actions == Actions{SignalMain{SIGKILL}});
}

TEST_CASE("kill: a restart that was under way is off") {
    const auto restarting = next(a_worker().in(State::running), RestartAsked{t0}).worker;
    const auto killed = next(restarting, KillAsked{t0}).worker;
    CHECK(next(killed, exited(t0, killed_by(SIGKILL))).worker.state() == State::stopped);
}

TEST_CASE("leftovers: after a crash they are SIGKILLed, and the restart waits until they are gone") {
    const auto crashed = next(a_worker().in(State::running), exited_leaving_rest(t0, killed_by(SIGSEGV)));
    CHECK(crashed.worker.state() == State::backoff);
    CHECK(crashed.actions == Actions{ArmTimer{100ms}, SignalRest{SIGKILL}});
    const auto due = fire(crashed.worker, t0 + 100ms);
    CHECK(due.worker.state() == State::backoff);
    CHECK(due.worker.since == crashed.worker.since);
    CHECK(due.worker.reason.text() == "waiting for the rest of its last run to end");
    CHECK_FALSE(due.worker.next_start());
    CHECK(due.actions.empty());
    const auto gone = next(due.worker, RestGone{t0 + 200ms});
    CHECK(gone.worker.state() == State::starting);
    CHECK(gone.actions == Actions{Spawn{}});
    CHECK(gone.worker.restarts == 1);
    CHECK(gone.worker.reason.none());
}

TEST_CASE("leftovers: gone before the delay is over, the delay still counts") {
    const auto crashed = next(a_worker().in(State::running), exited_leaving_rest(t0, killed_by(SIGSEGV)));
    const auto gone = next(crashed.worker, RestGone{t0 + 10ms});
    CHECK(gone.worker.state() == State::backoff);
    CHECK(gone.actions.empty());
    CHECK(gone.worker.next_start() == crashed.worker.next_start());
    CHECK(fire(gone.worker, t0 + 100ms).actions == Actions{Spawn{}});
}

TEST_CASE("leftovers: they hold up the restart in the same turn too") {
    const auto crashed = next(a_worker().in(State::running), exited_leaving_rest(t0 + 10s, exit_code(1)));
    CHECK(crashed.worker.state() == State::backoff);
    CHECK(crashed.actions == Actions{SignalRest{SIGKILL}});
    CHECK(crashed.worker.restarts == 0);
    const auto gone = next(crashed.worker, RestGone{t0 + 11s});
    CHECK(gone.actions == Actions{Spawn{}});
    CHECK(gone.worker.restarts == 1);
    CHECK(gone.worker.failures == 0);
}

TEST_CASE("leftovers: of a run that is not restarted they are SIGKILLed as well") {
    const auto ended = next(a_worker().in(State::running), exited_leaving_rest(t0, exit_code(0)));
    CHECK(ended.worker.state() == State::exited);
    CHECK(ended.actions == Actions{SignalRest{SIGKILL}});
    CHECK(next(ended.worker, RestGone{t0}).worker.state() == State::exited);

    auto spec = a_spec();
    spec.restart.limit = 1;
    const auto fatal = next(a_worker().of(spec).in(State::running), exited_leaving_rest(t0, exit_code(1)));
    CHECK(fatal.worker.state() == State::fatal);
    CHECK(fatal.actions == Actions{SignalRest{SIGKILL}});
}

TEST_CASE("leftovers: a stop meanwhile ends in stopped once they are gone") {
    for (const State state : {State::backoff, State::exited, State::fatal}) {
        CAPTURE(to_text(state));
        const auto stopping = next(a_worker().in(state).with_rest_only(), StopAsked{t0});
        CHECK(stopping.worker.state() == State::stopping);
        CHECK(stopping.actions == Actions{SignalRest{SIGKILL}});   // they were being killed already: no way back to patience
        CHECK(next(stopping.worker, RestGone{t0}).worker.state() == State::stopped);
    }
}
