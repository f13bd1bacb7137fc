#include "support/a_worker.hpp"
#include "support/catch.hpp"

// What a pause does to a worker's time, and how it ends.

using namespace talos;
using namespace talos::worker;

namespace {

/// Spawned at t0, with `startTime` running.
Worker starting() { return next(a_worker().in(State::starting), Spawned{t0}).worker; }

}   // namespace

TEST_CASE("pause: SIGSTOP to all processes of one that is up, and it is paused at once") {
    const auto running = a_worker().in(State::running);
    const auto paused = next(running, PauseAsked{t0});
    CHECK(outcome(running, paused) == "running up: pause");
    CHECK(paused.worker.is_paused());
    CHECK(outcome(paused.worker, Paused{t0}) == "same");
    CHECK(outcome(paused.worker, PauseAsked{t0}) == "running up: pause");   // what was forked or continued meanwhile
    CHECK(next(paused.worker, PauseAsked{t0}).worker == paused.worker);
}

TEST_CASE("pause: one that has no main process, or goes down, is not paused") {
    for (const auto& worker : {a_worker(), a_worker().in(State::starting), a_worker().in(State::backoff),
                               a_worker().in(State::stopping), a_worker().in(State::exited), a_worker().in(State::fatal)})
        for (const Event& event : std::vector<Event>{PauseAsked{t0}, ResumeAsked{t0}, Paused{t0}, Resumed{t0}})
            CHECK(outcome(worker, event) == "same");
}

TEST_CASE("pause: a stop signal of anybody pauses, a SIGCONT of anybody resumes") {
    const auto running = a_worker().in(State::running);
    const auto paused = next(running, Paused{t0});
    CHECK(paused.actions.empty());
    CHECK(paused.worker.is_paused());
    const auto resumed = next(paused.worker, Resumed{t0 + 5s});
    CHECK(resumed.actions.empty());
    CHECK_FALSE(resumed.worker.is_paused());
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
    CHECK(next(again.worker, timer_of(again.worker, t0 + 2h + 400ms)).worker.state() == State::running);
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
    CHECK(ready.state() == State::running);
    CHECK(ready.is_paused());
    CHECK(next(ready, Resumed{t0 + 1min}).actions.empty());
}

TEST_CASE("pause: stop, restart and kill continue it first") {
    const auto paused = a_worker().in(State::running).paused_now();
    CHECK(outcome(paused, StopAsked{t0}) == "stopping down: resume, main SIGINT, timer 5s");
    CHECK(outcome(paused, RestartAsked{t0}) == "stopping up: resume, main SIGINT, timer 5s");
    CHECK(outcome(paused, KillAsked{t0}) == "stopping down: resume, main SIGKILL");
    CHECK_FALSE(next(paused, StopAsked{t0}).worker.is_paused());
    auto spec = a_spec();
    spec.hooks.make().programs[2] = config::HookSpec{{"./drain"}, 10s};
    CHECK(outcome(a_worker().of(spec).in(State::running).paused_now(), StopAsked{t0}) == "stopping down: resume, run preStop");
}

TEST_CASE("pause: a stop that waits for dependents leaves it paused until its turn comes") {
    const auto deferred = next(a_worker().in(State::running).paused_now(), StopDeferred{t0});
    CHECK(deferred.worker.is_paused());
    CHECK(deferred.actions.empty());
    CHECK(outcome(deferred.worker, DependentsGone{t0}) == "stopping down: resume, main SIGINT, timer 5s");
}

TEST_CASE("pause: one that is killed while it is paused has ended like any other") {
    const auto paused = a_worker().in(State::running).paused_now();
    const auto killed = next(paused, exited(t0 + 1s, killed_by(SIGKILL)));
    CHECK_FALSE(killed.worker.is_paused());
    CHECK(outcome(paused, killed) == "backoff up: timer 100ms");
    CHECK(outcome(paused, exited_leaving_rest(t0 + 1s, killed_by(SIGKILL))) == "backoff up: timer 100ms, rest SIGKILL");
}

TEST_CASE("pause: a start leaves it as it is") {
    const auto paused = a_worker().in(State::running).paused_now();
    CHECK(outcome(paused, StartAsked{t0}) == "same");
}

TEST_CASE("pause: the time to become ready stands still, and ends after what was left of it") {
    auto spec = a_spec();
    spec.ready.make().timeout = 10s;
    const auto begun = next(a_worker().of(spec).in(State::starting), Spawned{t0}).worker;
    const auto paused = next(begun, Paused{t0 + 9s}).worker;
    CHECK(outcome(paused, TimerFired{t0 + 10s, begun.epoch}) == "same");
    const auto resumed = next(paused, Resumed{t0 + 1h});
    CHECK(resumed.actions == Actions{ArmTimer{1s}});
    CHECK(next(resumed.worker, timer_of(resumed.worker, t0 + 1h + 1s)).worker.state() == State::stopping);
}

TEST_CASE("pause: a stop has all its steps after a pause, each with its full time") {
    const auto paused = next(a_worker().in(State::running), Paused{t0}).worker;
    const auto stopping = next(paused, StopAsked{t0 + 1h}).worker;
    CHECK(outcome(stopping, timer_of(stopping, t0 + 1h + 5s)) == "stopping down: main SIGTERM, timer 10s");
    const auto second = next(stopping, timer_of(stopping, t0 + 1h + 5s)).worker;
    CHECK(outcome(second, timer_of(second, t0 + 1h + 15s)) == "stopping down: main SIGKILL");
}

TEST_CASE("pause: while it goes down nothing pauses it, so that no step of its plan stands still") {
    const auto stopping = next(a_worker().in(State::running), StopAsked{t0}).worker;
    for (const Event& event : std::vector<Event>{Paused{t0 + 1s}, PauseAsked{t0 + 1s}, Resumed{t0 + 1s}, ResumeAsked{t0 + 1s}})
        CHECK(outcome(stopping, event) == "same");
}

TEST_CASE("pause: the time of a reload stands still") {
    auto spec = a_spec();
    spec.ready.make().kind = config::ReadySpec::Kind::notify;
    spec.reload.make().signal = SIGHUP;
    spec.reload.make().program.timeout = 10s;
    const auto reloading = next(a_worker().of(spec).in(State::running), ReloadAsked{t0}).worker;
    const auto paused = next(reloading, Paused{t0 + 4s}).worker;
    CHECK(outcome(paused, TimerFired{t0 + 10s, reloading.epoch}) == "same");
    const auto resumed = next(paused, Resumed{t0 + 1h});
    CHECK(resumed.actions == Actions{ArmTimer{6s}});
    CHECK(resumed.worker.is_reloading());
    const auto over = next(resumed.worker, timer_of(resumed.worker, t0 + 1h + 6s)).worker;
    CHECK_FALSE(over.is_reloading());
    CHECK(over.reload_failure.get() != nullptr);
}

TEST_CASE(
    "pause: an unhealthy verdict that comes all the same restarts it, and its news mean something only when they change it") {
    const auto running = a_worker().in(State::running);
    const auto paused = running.paused_now();
    CHECK(outcome(paused, Unhealthy{t0, "why"}) == "stopping up: resume, main SIGINT, timer 5s");
    CHECK(changes_pause(running, true));
    CHECK_FALSE(changes_pause(running, false));
    CHECK(changes_pause(paused, false));
    CHECK_FALSE(changes_pause(paused, true));
    CHECK_FALSE(changes_pause(a_worker().in(State::stopping), true));
}
