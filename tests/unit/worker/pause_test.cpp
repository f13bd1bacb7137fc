#include "support/a_worker.hpp"
#include "support/catch.hpp"

// What a pause does to a worker's time, and how it ends.

using namespace talos;
using namespace talos::worker;

namespace {

/// Spawned at t0, with `startTime` running.
Worker starting() { return next(a_worker().in(State::starting), Spawned{t0}).worker; }

}  // namespace

TEST_CASE("pause: SIGSTOP to all processes of one that is up, and it is paused at once") {
    const auto running = a_worker().in(State::running);
    const auto paused = next(running, PauseAsked{t0});
    CHECK(outcome(running, paused) == "running up: pause");
    CHECK(paused.worker.paused);
    CHECK(outcome(paused.worker, Paused{t0}) == "same");
    CHECK(outcome(paused.worker, PauseAsked{t0}) == "running up: pause");   // what was forked or continued meanwhile
    CHECK(next(paused.worker, PauseAsked{t0}).worker == paused.worker);
}

TEST_CASE("pause: one that has no main process, or goes down, is not paused") {
    for (const auto& worker : {a_worker(), a_worker().in(State::starting), a_worker().in(State::backoff), a_worker().in(State::stopping),
                               a_worker().in(State::exited), a_worker().in(State::fatal)})
        for (const Event& event : std::vector<Event>{PauseAsked{t0}, ResumeAsked{t0}, Paused{t0}, Resumed{t0}})
            CHECK(outcome(worker, event) == "same");
}

TEST_CASE("pause: a stop signal of anybody pauses, a SIGCONT of anybody resumes") {
    const auto running = a_worker().in(State::running);
    const auto paused = next(running, Paused{t0});
    CHECK(paused.actions.empty());
    CHECK(paused.worker.paused);
    const auto resumed = next(paused.worker, Resumed{t0 + 5s});
    CHECK(resumed.actions.empty());
    CHECK_FALSE(resumed.worker.paused);
    CHECK(outcome(running, ResumeAsked{t0}) == "running up: resume");   // perhaps a child is stopped
}

TEST_CASE("pause: the timer stands still, and goes on with what was left of it") {
    const auto begun = starting();
    const auto paused = next(begun, PauseAsked{t0 + 400ms}).worker;
    CHECK(outcome(paused, TimerFired{t0 + 1s, begun.epoch}) == "same");
    CHECK(outcome(paused, ResumeAsked{t0 + 1h}) == "starting up: resume, timer 600ms");
    CHECK(outcome(paused, Resumed{t0 + 1h}) == "starting up: timer 600ms");
    const auto resumed = next(paused, Resumed{t0 + 1h}).worker;
    const auto again = next(next(resumed, Paused{t0 + 1h + 200ms}).worker, Resumed{t0 + 2h});
    CHECK(again.actions == Actions{ArmTimer{400ms}});
    CHECK(next(again.worker, timer_of(again.worker, t0 + 2h + 400ms)).worker.state == State::running);
}

TEST_CASE("pause: what was on its way is heard all the same, and no timer runs for it") {
    auto spec = a_spec();
    spec.ready.make().timeout = 10s;
    const auto begun = next(a_worker().of(spec).in(State::starting), Spawned{t0}).worker;
    const auto paused = next(begun, Paused{t0 + 1s}).worker;
    const auto more = next(paused, TimeAsked{t0 + 2s, 40s});
    CHECK(more.actions.empty());
    CHECK(next(more.worker, Resumed{t0 + 1min}).actions == Actions{ArmTimer{40s}});
    const auto ready = next(paused, BecameReady{t0 + 2s}).worker;
    CHECK(ready.state == State::running);
    CHECK(ready.paused);
    CHECK(next(ready, Resumed{t0 + 1min}).actions.empty());
}

TEST_CASE("pause: stop, restart and kill continue it first") {
    const auto paused = a_worker().in(State::running).paused_now();
    CHECK(outcome(paused, StopAsked{t0}) == "stopping down: resume, main SIGINT, timer 5s");
    CHECK(outcome(paused, RestartAsked{t0}) == "stopping up: resume, main SIGINT, timer 5s");
    CHECK(outcome(paused, KillAsked{t0}) == "stopping down: resume, main SIGKILL");
    CHECK_FALSE(next(paused, StopAsked{t0}).worker.paused);
    auto spec = a_spec();
    spec.hooks.make().programs[2] = config::HookSpec{{"./drain"}, 10s};
    CHECK(outcome(a_worker().of(spec).in(State::running).paused_now(), StopAsked{t0}) == "stopping down: resume, run preStop");
}

TEST_CASE("pause: a stop that waits for dependents leaves it paused until its turn comes") {
    const auto deferred = next(a_worker().in(State::running).paused_now(), StopDeferred{t0});
    CHECK(deferred.worker.paused);
    CHECK(deferred.actions.empty());
    CHECK(outcome(deferred.worker, DependentsGone{t0}) == "stopping down: resume, main SIGINT, timer 5s");
}

TEST_CASE("pause: one that is killed while it is paused has ended like any other") {
    const auto paused = a_worker().in(State::running).paused_now();
    const auto killed = next(paused, exited(t0 + 1s, killed_by(SIGKILL)));
    CHECK_FALSE(killed.worker.paused);
    CHECK(outcome(paused, killed) == "backoff up: timer 100ms");
    CHECK(outcome(paused, exited_leaving_rest(t0 + 1s, killed_by(SIGKILL))) == "backoff up: timer 100ms, rest SIGKILL");
}

TEST_CASE("pause: a start leaves it as it is") {
    const auto paused = a_worker().in(State::running).paused_now();
    CHECK(outcome(paused, StartAsked{t0}) == "same");
}
