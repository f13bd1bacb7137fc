#include "support/a_worker.hpp"
#include "support/catch.hpp"

// A running worker is made to read its own config again.

using namespace talos;
using namespace talos::worker;
using config::Hook;

namespace {

config::WorkerSpec by_signal(bool notifies = false) {
    auto spec = a_spec();
    spec.reload.make().signal = SIGHUP;
    if (notifies) spec.ready.make().kind = config::ReadySpec::Kind::notify;
    return spec;
}

config::WorkerSpec by_program() {
    auto spec = a_spec();
    spec.reload.make().program = {{"./reload"}, 20s};
    return spec;
}

std::string failure(const Worker& worker) { return worker.reload_failure.get() != nullptr ? *worker.reload_failure.get() : ""; }

HookEnded ended(bool ok) { return {t0 + 1s, Hook::reload, ok, ok ? "" : "reload: it ended with exit code 1"}; }

}   // namespace

TEST_CASE("reload by signal: sent to main, and done with that") {
    const auto spec = by_signal();
    const auto running = a_worker().of(spec).in(State::running);
    const auto told = next(running, ReloadAsked{t0});
    CHECK(outcome(running, told) == "running up: reload SIGHUP");
    CHECK_FALSE(told.worker.is_reloading());
    CHECK(told.worker.reloads == 1);
    CHECK(failure(told.worker).empty());
}

TEST_CASE("reload by signal of one that notifies: READY=1 ends it, also without RELOADING=1 before") {
    const auto spec = by_signal(true);
    const auto told = next(a_worker().of(spec).in(State::running), ReloadAsked{t0});
    CHECK(told.actions == Actions{SignalReload{SIGHUP}, ArmTimer{30s}});
    CHECK(told.worker.is_reloading());
    CHECK(told.worker.reloads == 0);
    for (const auto& worker : {told.worker, next(told.worker, ReloadAnnounced{t0}).worker}) {
        const auto done = next(worker, BecameReady{t0 + 1s});
        CHECK(done.actions.empty());
        CHECK_FALSE(done.worker.is_reloading());
        CHECK(done.worker.reloads == 1);
        CHECK(failure(done.worker).empty());
        CHECK(outcome(done.worker, TimerFired{t0 + 30s, worker.epoch}) == "same");
    }
}

TEST_CASE("reload: without READY=1 in time it has failed, and the worker runs on") {
    const auto spec = by_signal(true);
    const auto told = next(a_worker().of(spec).in(State::running), ReloadAsked{t0}).worker;
    const auto late = next(told, timer_of(told, t0 + 30s)).worker;
    CHECK(late.state() == State::running);
    CHECK_FALSE(late.is_reloading());
    CHECK(late.reloads == 1);
    CHECK(failure(late) == "no READY=1 within 30s");
    CHECK(failure(next(late, ReloadAsked{t0 + 31s}).worker).empty());
}

TEST_CASE("reload by program: done when it has ended, failed when it fails") {
    const auto spec = by_program();
    const auto told = next(a_worker().of(spec).in(State::running), ReloadAsked{t0});
    CHECK(told.actions == Actions{RunHook{Hook::reload}});
    CHECK(told.worker.is_reloading());
    const auto done = next(told.worker, ended(true)).worker;
    CHECK(done.reloads == 1);
    CHECK(failure(done).empty());
    const auto failed = next(told.worker, ended(false)).worker;
    CHECK(failed.state() == State::running);
    CHECK(failure(failed) == "reload: it ended with exit code 1");
}

TEST_CASE("reload by program: RELOADING=1 makes it wait for READY=1, whichever comes first") {
    const auto spec = by_program();
    const auto told = next(a_worker().of(spec).in(State::running), ReloadAsked{t0}).worker;
    const auto announced = next(told, ReloadAnnounced{t0}).worker;
    const auto program_first = next(announced, ended(true));
    CHECK(program_first.actions == Actions{ArmTimer{20s}});
    CHECK(program_first.worker.is_reloading());
    CHECK(next(program_first.worker, BecameReady{t0 + 2s}).worker.reloads == 1);
    const auto ready_first = next(announced, BecameReady{t0}).worker;
    CHECK(ready_first.is_reloading());
    CHECK_FALSE(next(ready_first, ended(true)).worker.is_reloading());
    CHECK(next(told, BecameReady{t0}).worker.is_reloading());   // the program has not ended
}

TEST_CASE("reload: refused, with the reason, where nothing can reload") {
    const auto spec = by_signal(true);
    const auto running = a_worker().of(spec).in(State::running);
    CHECK(reload_refusal(running).empty());
    CHECK(reload_refusal(a_worker().in(State::running)) == "its config has no \"reload\"");
    CHECK(reload_refusal(running.paused_now()) == "it is paused");
    CHECK(reload_refusal(next(running, StopDeferred{t0}).worker) == "it is to be stopped or restarted");
    CHECK(reload_refusal(next(running, ReloadAsked{t0}).worker) == "it is reloading already");
    CHECK(reload_refusal(running.with_hook(Hook::post_start)) == "its postStart hook has not ended yet");
    for (const State state : all_states) {
        if (state == State::running) continue;
        CHECK(reload_refusal(a_worker().of(spec).in(state)) == "it is not running");
        CHECK(outcome(a_worker().of(spec).in(state), ReloadAsked{t0}) == "same");
    }
    const auto reloading = next(running, ReloadAsked{t0}).worker;
    CHECK(outcome(reloading, ReloadAsked{t0}) == "same");
}

TEST_CASE("reload: it fails when the worker ends, is stopped or restarted meanwhile, and its program is ended first") {
    const auto spec = by_signal(true);
    const auto reloading = next(a_worker().of(spec).in(State::running), ReloadAsked{t0}).worker;
    for (const Event& event :
         std::vector<Event>{StopAsked{t0}, RestartAsked{t0}, exited(t0, exit_code(0)), Unhealthy{t0, "no"}}) {
        const auto after = next(reloading, event).worker;
        CHECK_FALSE(after.is_reloading());
        CHECK(after.reloads == 1);
        CHECK(failure(after) == "it did not stay up");
    }
    const auto program = by_program();
    const auto busy = next(a_worker().of(program).in(State::running), ReloadAsked{t0}).worker;
    CHECK(outcome(busy, StopAsked{t0}) == "stopping down: main SIGINT, timer 5s, hook SIGKILL");
    CHECK(outcome(busy, exited(t0, exit_code(0))) == "exited up: hook SIGKILL");
    auto drained = program;
    drained.hooks.make().programs[2] = config::HookSpec{{"./drain"}, 10s};
    const auto both = next(a_worker().of(drained).in(State::running), ReloadAsked{t0}).worker;
    const auto stopped = next(both, StopAsked{t0});
    CHECK(outcome(both, stopped) == "stopping down: hook SIGKILL");
    CHECK(outcome(stopped.worker, ended(false)) == "stopping down: run preStop");
}

TEST_CASE("reload: a pause holds its time, too") {
    const auto spec = by_signal(true);
    const auto reloading = next(a_worker().of(spec).in(State::running), ReloadAsked{t0}).worker;
    const auto paused = next(reloading, Paused{t0 + 10s}).worker;
    CHECK(next(paused, Resumed{t0 + 1h}).actions == Actions{ArmTimer{20s}});
}
