#include "support/a_worker.hpp"
#include "support/catch.hpp"
#include <array>
#include <vector>

// What dependencies do to a worker: starts that are held back, stops that wait for whoever has to go first.

using namespace talos;
using namespace talos::worker;

namespace {

constexpr auto now = t0 + 300ms;

AWorker held(AWorker worker) {
    worker.held = true;
    return worker;
}

AWorker deferred(AWorker worker, Goal goal) {
    *leaving_of(worker) = states::Leaving{goal, false};
    return worker;
}

/// Stopped, wanted up, waiting for what it depends on.
AWorker held_back() { return held(a_worker().in(State::stopped).wanted(Goal::up)); }

std::vector<AWorker> all_situations() {
    std::vector<AWorker> all;
    for (const State state : all_states) {
        all.push_back(a_worker().in(state));
        if (state == State::starting) all.push_back(a_worker().in(state).with_main());
        if (state == State::backoff || state == State::exited || state == State::completed || state == State::stopping)
            all.push_back(a_worker().in(state).with_rest_only());
    }
    return all;
}

}   // namespace

TEST_CASE("dependency: whatever would start a worker that is held back leaves it in stopped, wanted up") {
    CHECK(outcome(held(a_worker()), StartAsked{now}) == "stopped up");
    CHECK(outcome(held(a_worker().in(State::exited)), StartAsked{now}) == "stopped up");
    CHECK(outcome(held(a_worker().in(State::fatal)), RestartAsked{now}) == "stopped up");
    CHECK(outcome(held(a_worker().in(State::backoff)), TimerFired{now, 7}) == "stopped up");
    CHECK(outcome(held(a_worker().in(State::stopping).wanted(Goal::up)), exited(now, exit_code(0))) == "stopped up");
    CHECK(outcome(held(a_worker().in(State::backoff).with_rest_only().after_delay()), RestGone{now}) == "stopped up");
}

TEST_CASE("dependency: being held touches nobody who is up, only a start that was not spawned yet is taken back") {
    for (const auto& worker : all_situations()) {
        CAPTURE(to_text(worker.state()), worker.has_main());
        const auto after = next(worker, Held{now});
        CHECK(after.actions.empty());
        CHECK(after.worker.held);
        const bool taken_back = worker.state() == State::starting && !worker.has_main();
        CHECK(after.worker.state() == (taken_back ? State::stopped : worker.state()));
        CHECK(after.worker.goal() == worker.goal());
        CHECK(after.worker.has_main() == worker.has_main());
    }
}

TEST_CASE("dependency: a start that was held back goes on when what it depends on is there") {
    CHECK(outcome(held_back(), Released{now}) == "starting up: spawn");
    CHECK(outcome(held(a_worker()), Released{now}) == "stopped down");
    CHECK_FALSE(next(held(a_worker()), Released{now}).worker.held);
    CHECK(outcome(held(a_worker().in(State::running)), Released{now}) == "running up");
}

TEST_CASE("dependency: a start that was held back counts as a restart only if it would have been one") {
    const auto asked = next(held(a_worker()), StartAsked{now}).worker;
    CHECK(next(asked, Released{now}).worker.restarts == 0);
    const auto automatic = next(held(a_worker().in(State::backoff)), TimerFired{now, 7}).worker;
    CHECK(automatic.restarts == 0);
    CHECK(next(automatic, Released{now}).worker.restarts == 1);
    auto begun = next(a_worker().in(State::backoff), TimerFired{now, 7}).worker;
    CHECK(begun.restarts == 1);
    begun = next(begun, Held{now}).worker;
    CHECK(next(begun, Released{now}).worker.restarts == 1);
}

TEST_CASE("dependency: whoever is held back obeys a stop, and a start changes nothing") {
    CHECK(outcome(held_back(), StartAsked{now}) == "same");
    CHECK(outcome(held_back(), RestartAsked{now}) == "same");
    CHECK(outcome(held_back(), StopAsked{now}) == "stopped down");
    CHECK(outcome(held_back(), KillAsked{now}) == "stopped down");
    const auto stopped = next(held_back(), StopAsked{now}).worker;
    CHECK(outcome(stopped, Released{now}) == "stopped down");
}

TEST_CASE("dependency: a deferred stop changes the goal at once and signals once the dependents are gone") {
    const auto running = a_worker().in(State::running);
    CHECK(outcome(running, StopDeferred{now}) == "running down");
    CHECK(outcome(running, RestartDeferred{now}) == "running up");
    CHECK(outcome(deferred(running, Goal::down), DependentsGone{now}) == "stopping down: main SIGINT, timer 5s");
    CHECK(outcome(deferred(running, Goal::up), DependentsGone{now}) == "stopping up: main SIGINT, timer 5s");
    for (const auto& worker : all_situations()) CHECK(outcome(worker, DependentsGone{now}) == "same");
}

TEST_CASE("dependency: a deferred stop of a worker that is not up is a stop") {
    for (const auto& worker : all_situations()) {
        if (worker.has_main() && worker.state() != State::stopping) continue;
        CAPTURE(to_text(worker.state()), worker.has_main());
        CHECK(outcome(worker, StopDeferred{now}) == outcome(worker, StopAsked{now}));
        CHECK(outcome(worker, RestartDeferred{now}) == outcome(worker, RestartAsked{now}));
    }
}

TEST_CASE("dependency: the later wish wins over a deferred one") {
    const auto waiting = deferred(a_worker().in(State::running), Goal::down);
    const auto started = next(waiting, StartAsked{now}).worker;
    CHECK(started.goal() == Goal::up);
    CHECK(outcome(started, DependentsGone{now}) == "same");
    CHECK(outcome(waiting, StopAsked{now}) == "stopping down: main SIGINT, timer 5s");
    CHECK(outcome(waiting, KillAsked{now}) == "stopping down: main SIGKILL");
    CHECK(outcome(waiting, RestartAsked{now}) == "stopping up: main SIGINT, timer 5s");
}

TEST_CASE("dependency: who ends by itself while its stop is deferred is not started again") {
    const auto waiting = deferred(a_worker().in(State::running), Goal::down);
    CHECK(outcome(waiting, exited(now, killed_by(SIGSEGV))) == "stopped down");
    CHECK(outcome(waiting, exited_leaving_rest(now, exit_code(0))) == "stopping down: rest SIGINT, timer 5s");
    const auto to_restart = deferred(a_worker().in(State::running), Goal::up);
    CHECK(outcome(to_restart, exited(now, killed_by(SIGSEGV))) == "starting up: spawn");
    CHECK(next(to_restart, exited(now, killed_by(SIGSEGV))).worker.failures == 0);
}

TEST_CASE("dependency: a stop that was deferred while starting stays so when the worker is up") {
    const auto starting = deferred(a_worker().in(State::starting).with_main(), Goal::down);
    const auto running = next(starting, TimerFired{now, 7}).worker;
    CHECK(running.state() == State::running);
    CHECK(outcome(running, DependentsGone{now}) == "stopping down: main SIGINT, timer 5s");
}

TEST_CASE("dependency: a preStart that runs when what is needed is lost leads to no spawn, and a restart ends it") {
    auto spec = a_spec();
    spec.hooks.make().programs[0] = {{"./prepare"}, 30s};
    const auto preparing = next(a_worker().of(spec).in(State::starting).with_hook(config::Hook::pre_start), Held{now}).worker;
    CHECK(preparing.state() == State::starting);
    CHECK(outcome(preparing, HookEnded{now, config::Hook::pre_start, true, {}}) == "stopped up");
    CHECK(outcome(preparing, RestartAsked{now}) == "stopping up: hook SIGINT, timer 5s");
    const auto ending = next(preparing, RestartAsked{now}).worker;
    CHECK(outcome(ending, HookEnded{now, config::Hook::pre_start, false, {}}) == "stopped up");
}

TEST_CASE("dependency: a stop that was deferred begins with preStop, and a oneshot that remains up goes down with it") {
    auto spec = a_spec();
    spec.hooks.make().programs[2] = {{"./drain"}, 30s};
    CHECK(outcome(deferred(a_worker().of(spec).in(State::running), Goal::down), DependentsGone{now}) ==
          "stopping down: run preStop");
    const auto done = a_worker().done_and_up();
    CHECK(outcome(done, StopDeferred{now}) == "completed down");
    CHECK(outcome(deferred(done, Goal::down), DependentsGone{now}) == "stopped down");
}

// --- what talosd itself stops ---------------------------------------------------------------------------------------

namespace {

AWorker needed(AWorker worker) {
    worker.needed = true;
    return worker;
}

const config::WorkerSpec& ready_spec() {
    static const auto spec = [] {
        auto made = a_spec();
        made.ready.make().timeout = 5s;
        return made;
    }();
    return spec;
}

/// Running and unhealthy, and still there for the sake of its dependents.
Worker unhealthy_and_needed() { return next(needed(a_worker().in(State::running)), Unhealthy{now, "it answers 500"}).worker; }

}   // namespace

TEST_CASE("dependency: an unhealthy worker that others need stops after them, and counts as failed") {
    CHECK(outcome(needed(a_worker().in(State::running)), Unhealthy{now, "it answers 500"}) == "running up");
    const auto waiting = unhealthy_and_needed();
    CHECK(waiting.leaves_later());
    CHECK(outcome(waiting, DependentsGone{now}) == "stopping up: main SIGINT, timer 5s");
    const auto stopping = next(waiting, DependentsGone{now}).worker;
    CHECK(stopping.reason.text() == "unhealthy: it answers 500");
    const auto ended = next(stopping, exited(now + 1s, exit_code(0))).worker;
    CHECK(ended.state() == State::backoff);
    CHECK(ended.failures == 1);
    CHECK(ended.reason.text() == "unhealthy: it answers 500");
}

TEST_CASE("dependency: a worker that others need and that is not ready in time stops after them") {
    const auto starting = needed(a_worker().of(ready_spec()).in(State::starting).with_main());
    CHECK(outcome(starting, timer_of(starting, t0 + 5s)) == "starting up");
    const auto waiting = next(starting, timer_of(starting, t0 + 5s)).worker;
    CHECK(outcome(waiting, BecameReady{t0 + 6s}) == "same");   // too late
    CHECK(outcome(waiting, TimeAsked{t0 + 6s, 40s}) == "same");
    CHECK(outcome(waiting, timer_of(starting, t0 + 6s)) == "same");
    const auto stopping = next(waiting, DependentsGone{t0 + 6s}).worker;
    CHECK(stopping.reason.text().starts_with("not ready within 5s"));
    CHECK(next(stopping, exited(t0 + 7s, exit_code(0))).worker.failures == 1);
}

TEST_CASE("dependency: a worker that ends by itself while its dependents stop has failed, whatever its exit code") {
    const auto ended = next(unhealthy_and_needed(), exited(now + 1s, exit_code(0))).worker;
    CHECK(ended.state() == State::backoff);
    CHECK(ended.failures == 1);
    CHECK(ended.reason.text() == "unhealthy: it answers 500");
    const auto leaving = next(unhealthy_and_needed(), exited_leaving_rest(now + 1s, exit_code(0))).worker;
    CHECK(leaving.state() == State::stopping);
    CHECK(next(leaving, RestGone{now + 2s}).worker.failures == 1);
}

TEST_CASE("dependency: a command that comes while the dependents of a failed worker stop wins over the failure") {
    const auto waiting = unhealthy_and_needed();
    for (const Event& command : {Event{StartAsked{now}}, Event{RestartDeferred{now}}}) {
        const auto again = next(waiting, command).worker;
        CHECK(again.leaves_later());   // it does not do its work: it is restarted in any case
        CHECK(again.reason.none());
        const auto stopping = next(again, DependentsGone{now}).worker;
        CHECK(outcome(stopping, exited(now + 1s, exit_code(0))) == "starting up: spawn");
    }
    CHECK(outcome(waiting, StopAsked{now}) == "stopping down: main SIGINT, timer 5s");
    const auto down = next(waiting, StopDeferred{now}).worker;
    const auto stopping = next(down, DependentsGone{now}).worker;
    CHECK(next(stopping, exited(now + 1s, exit_code(0))).worker.state() == State::stopped);
}

TEST_CASE("dependency: what fails while its stop waits for dependents goes on waiting for them") {
    const auto restarting = deferred(a_worker().in(State::running), Goal::up);
    CHECK(outcome(restarting, Unhealthy{now, "it answers 500"}) == "running up");
    const auto starting = deferred(a_worker().of(ready_spec()).in(State::starting).with_main(), Goal::down);
    CHECK(outcome(starting, timer_of(starting, t0 + 5s)) == "starting down");
    const auto late = next(starting, timer_of(starting, t0 + 5s)).worker;
    CHECK(outcome(late, DependentsGone{t0 + 6s}) == "stopping down: main SIGINT, timer 5s");
}
