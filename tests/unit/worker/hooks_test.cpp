#include "support/a_worker.hpp"
#include "support/catch.hpp"

// Programs that are run beside a worker: when, and what waits for them.

using namespace talos;
using namespace talos::worker;
using config::Hook;

namespace {

config::WorkerSpec a_spec_with_hooks(std::initializer_list<Hook> hooks) {
    auto spec = a_spec();
    for (const auto hook : hooks) spec.hooks.make().programs[static_cast<std::size_t>(hook) - 1] = {{"./hook"}, 30s};
    return spec;
}

HookEnded done(Hook which, Stamp at) { return {at, which, true, ""}; }
HookEnded failed(Hook which, Stamp at) { return {at, which, false, std::string(to_text(which)) + ": it ended with exit code 1"}; }

}   // namespace

TEST_CASE("preStart: runs before each spawn, and the worker is starting meanwhile") {
    const auto spec = a_spec_with_hooks({Hook::pre_start});
    const auto stopped = a_worker().of(spec);
    CHECK(outcome(stopped, StartAsked{t0}) == "starting up: run preStart");
    const auto preparing = next(stopped, StartAsked{t0}).worker;
    CHECK(preparing.reason.text() == "waiting for preStart to end");
    CHECK(outcome(preparing, done(Hook::pre_start, t0 + 1s)) == "starting up: spawn");
    CHECK(next(preparing, done(Hook::pre_start, t0 + 1s)).worker.reason.none());
    const auto crashed = next(a_worker().of(spec).in(State::running), exited(t0 + 1s, exit_code(1))).worker;
    CHECK(outcome(crashed, timer_of(crashed, t0 + 2s)) == "starting up: run preStart");
}

TEST_CASE("preStart: its failure is a failed start, counted and limited like one, and says which hook it was") {
    auto spec = a_spec_with_hooks({Hook::pre_start});
    spec.restart.limit = 2;
    const auto preparing = a_worker().of(spec).in(State::starting).with_hook(Hook::pre_start);
    CHECK(outcome(preparing, failed(Hook::pre_start, t0)) == "backoff up: timer 100ms");
    const auto waiting = next(preparing, failed(Hook::pre_start, t0)).worker;
    CHECK(waiting.reason.text() == "preStart: it ended with exit code 1");
    CHECK(waiting.failures == 1);
    const auto again = next(waiting, timer_of(waiting, t0 + 1s)).worker;
    CHECK(again.restarts == 1);
    const auto fatal = next(again, failed(Hook::pre_start, t0 + 2s)).worker;
    CHECK(fatal.state() == State::fatal);
    CHECK(fatal.reason.text() == "2 failures within 1m, the last one: preStart: it ended with exit code 1");
}

TEST_CASE("preStart: a stop ends it by the plan's signals, as it would have ended main, and postStop follows") {
    const auto spec = a_spec_with_hooks({Hook::pre_start, Hook::pre_stop, Hook::post_stop});
    const auto preparing = a_worker().of(spec).in(State::starting).with_hook(Hook::pre_start);
    CHECK(outcome(preparing, StopAsked{t0}) == "stopping down: hook SIGINT, timer 5s");
    const auto stopping = next(preparing, StopAsked{t0}).worker;
    CHECK(outcome(stopping, timer_of(stopping, t0 + 5s)) == "stopping down: hook SIGTERM, timer 10s");
    CHECK(outcome(stopping, done(Hook::pre_start, t0 + 1s)) == "stopping down: run postStop");
    const auto cleaning = next(stopping, done(Hook::pre_start, t0 + 1s)).worker;
    CHECK(cleaning.result == RunResult::success);
    CHECK(outcome(cleaning, done(Hook::post_stop, t0 + 2s)) == "stopped down");
    CHECK(outcome(preparing, KillAsked{t0}) == "stopping down: hook SIGKILL");
    CHECK(outcome(preparing, RestartAsked{t0}) == "same");
}

TEST_CASE("postStart: runs once it is running, and what becomes of it changes nothing") {
    const auto spec = a_spec_with_hooks({Hook::post_start});
    const auto starting = a_worker().of(spec).in(State::starting).with_main();
    CHECK(outcome(starting, timer_of(starting, t0 + 1s)) == "running up: run postStart");
    const auto running = next(starting, timer_of(starting, t0 + 1s)).worker;
    CHECK(next(running, failed(Hook::post_start, t0 + 2s)).worker.state() == State::running);
    CHECK(next(running, failed(Hook::post_start, t0 + 2s)).actions.empty());
}

TEST_CASE("postStart: it does not outlive the run, and the next start waits until nothing is left of it") {
    auto spec = a_spec_with_hooks({Hook::post_start});
    spec.restart.delay = 0s;
    const auto running = a_worker().of(spec).in(State::running).with_hook(Hook::post_start);
    CHECK(outcome(running, exited(t0 + 1s, exit_code(1))) == "backoff up: hook SIGKILL");
    const auto waiting = next(running, exited(t0 + 1s, exit_code(1))).worker;
    CHECK(outcome(waiting, failed(Hook::post_start, t0 + 2s)) == "starting up: spawn");
    CHECK(outcome(running, StopAsked{t0}) == "stopping down: main SIGINT, timer 5s, hook SIGKILL");
}

TEST_CASE("preStop: holds the plan until it has ended, however it did") {
    const auto spec = a_spec_with_hooks({Hook::pre_stop});
    const auto running = a_worker().of(spec).in(State::running);
    CHECK(outcome(running, StopAsked{t0}) == "stopping down: run preStop");
    CHECK(outcome(running, RestartAsked{t0}) == "stopping up: run preStop");
    const auto held = next(running, StopAsked{t0}).worker;
    CHECK(held.reason.text() == "waiting for preStop to end");
    for (const auto& end : {done(Hook::pre_stop, t0 + 1s), failed(Hook::pre_stop, t0 + 1s)}) {
        CHECK(outcome(held, end) == "stopping down: main SIGINT, timer 5s");
        CHECK(next(held, end).worker.reason.none());
    }
}

TEST_CASE("preStop: skipped by a kill and when nobody asked for the stop, ended when main ends meanwhile") {
    auto spec = a_spec_with_hooks({Hook::pre_stop});
    CHECK(outcome(a_worker().of(spec).in(State::running), KillAsked{t0}) == "stopping down: main SIGKILL");
    const auto held = a_worker().of(spec).in(State::stopping).with_hook(Hook::pre_stop).with_plan_held();
    CHECK(outcome(held, KillAsked{t0}) == "stopping down: main SIGKILL, hook SIGKILL");
    CHECK(outcome(held, exited(t0, exit_code(0))) == "stopping down: hook SIGKILL");
    CHECK(outcome(held, exited_leaving_rest(t0, exit_code(0))) == "stopping down: rest SIGINT, timer 5s, hook SIGKILL");
    const auto alone = next(held, exited(t0, exit_code(0))).worker;
    CHECK(outcome(alone, failed(Hook::pre_stop, t0)) == "stopped down");
    spec.ready.make().timeout = 5s;
    const auto unready = a_worker().of(spec).in(State::starting).with_main();
    CHECK(outcome(unready, timer_of(unready, t0 + 5s)) == "stopping up: main SIGINT, timer 5s");
}

TEST_CASE("preStop: waits for a postStart that is in its way") {
    const auto spec = a_spec_with_hooks({Hook::post_start, Hook::pre_stop});
    const auto running = a_worker().of(spec).in(State::running).with_hook(Hook::post_start);
    CHECK(outcome(running, StopAsked{t0}) == "stopping down: hook SIGKILL");
    const auto stopping = next(running, StopAsked{t0}).worker;
    CHECK(outcome(stopping, failed(Hook::post_start, t0)) == "stopping down: run preStop");
}

TEST_CASE("postStop: follows the end of the whole tree, before stopped or the next start") {
    const auto spec = a_spec_with_hooks({Hook::post_stop});
    const auto stopping = a_worker().of(spec).in(State::stopping);
    CHECK(outcome(stopping, exited(t0, killed_by(SIGINT))) == "stopping down: run postStop");
    const auto rest = next(stopping, exited_leaving_rest(t0, killed_by(SIGINT))).worker;
    CHECK(outcome(rest, RestGone{t0 + 1s}) == "stopping down: run postStop");
    const auto cleaning = next(stopping, exited(t0, killed_by(SIGINT))).worker;
    CHECK(cleaning.reason.text() == "waiting for postStop to end");
    CHECK(next(cleaning, timer_of(stopping, t0 + 5s)).worker == cleaning);
    CHECK(outcome(cleaning, failed(Hook::post_stop, t0 + 1s)) == "stopped down");
    const auto again = next(cleaning, StartAsked{t0 + 1s}).worker;
    CHECK(outcome(again, done(Hook::post_stop, t0 + 1s)) == "starting up: spawn");
}

TEST_CASE("postStop: after a crash the next start waits for it, whether the delay is over or there is none") {
    auto spec = a_spec_with_hooks({Hook::post_stop});
    const auto running = a_worker().of(spec).in(State::running);
    CHECK(outcome(running, exited(t0, exit_code(1))) == "backoff up: timer 100ms, run postStop");
    const auto waiting = next(running, exited(t0, exit_code(1))).worker;
    const auto late = next(waiting, timer_of(waiting, t0 + 1s)).worker;
    CHECK(late.state() == State::backoff);
    CHECK(late.reason.text() == "waiting for postStop to end");
    CHECK(outcome(late, done(Hook::post_stop, t0 + 2s)) == "starting up: spawn");
    CHECK(next(late, done(Hook::post_stop, t0 + 2s)).worker.restarts == 1);
    const auto early = next(waiting, done(Hook::post_stop, t0 + 50ms)).worker;
    CHECK(early.state() == State::backoff);
    CHECK(outcome(early, timer_of(early, t0 + 1s)) == "starting up: spawn");
    CHECK(outcome(running, exited(t0 + 1h, exit_code(1))) == "backoff up: run postStop");
    CHECK(outcome(running, exited_leaving_rest(t0 + 1h, exit_code(1))) == "backoff up: rest SIGKILL");
}

TEST_CASE("postStop: follows an end that the policy leaves there, and one that is fatal") {
    auto spec = a_spec_with_hooks({Hook::post_stop});
    CHECK(outcome(a_worker().of(spec).in(State::running), exited(t0, exit_code(0))) == "exited up: run postStop");
    spec.restart.limit = 1;
    CHECK(outcome(a_worker().of(spec).in(State::running), exited(t0, exit_code(1))) == "fatal up: run postStop");
    const auto left = a_worker().of(spec).in(State::exited).with_hook(Hook::post_stop);
    CHECK(outcome(left, done(Hook::post_stop, t0)) == "exited up");
    CHECK(outcome(left, StartAsked{t0}) == "backoff up");
    CHECK(outcome(left, StopAsked{t0}) == "stopping down");
    CHECK(outcome(left, KillAsked{t0}) == "stopping down: hook SIGKILL");
}

TEST_CASE("postStop: follows a start whose preStart or exec failed, and the next one waits for it") {
    auto spec = a_spec_with_hooks({Hook::pre_start, Hook::post_stop});
    const auto preparing = next(a_worker().of(spec), StartAsked{t0}).worker;
    CHECK(outcome(preparing, failed(Hook::pre_start, t0)) == "backoff up: timer 100ms, run postStop");
    const auto unprepared = next(preparing, failed(Hook::pre_start, t0)).worker;
    CHECK(unprepared.reason.text() == "preStart: it ended with exit code 1");
    CHECK(outcome(next(unprepared, timer_of(unprepared, t0 + 1s)).worker, done(Hook::post_stop, t0 + 2s)) ==
          "starting up: run preStart");
    const auto prepared = next(preparing, done(Hook::pre_start, t0)).worker;
    CHECK(outcome(prepared, SpawnFailed{t0, "exec: no"}) == "backoff up: timer 100ms, run postStop");
    CHECK(outcome(prepared, StopAsked{t0}) == "stopping down: run postStop");   // before the spawn
    spec.restart.limit = 1;
    CHECK(outcome(prepared, SpawnFailed{t0, "exec: no"}) == "fatal up: run postStop");
    spec.restart.policy = config::RestartSpec::Policy::never;
    CHECK(outcome(preparing, failed(Hook::pre_start, t0)) == "exited up: run postStop");
}

TEST_CASE("postStop: follows a preStart whose start is held back, before the worker waits for what it needs") {
    const auto spec = a_spec_with_hooks({Hook::pre_start, Hook::post_stop});
    const auto preparing = next(a_worker().of(spec), StartAsked{t0}).worker;
    const auto held_early = next(next(preparing, Held{t0}).worker, done(Hook::pre_start, t0));
    const auto held_late = next(next(preparing, done(Hook::pre_start, t0)).worker, Held{t0});
    for (const auto& held : {held_early, held_late}) {
        CHECK(held.actions == Actions{RunHook{Hook::post_stop}});
        const auto waiting = next(held.worker, done(Hook::post_stop, t0 + 1s)).worker;
        CHECK(waiting.held_back());
        CHECK(outcome(waiting, Released{t0 + 2s}) == "starting up: run preStart");
    }
}

TEST_CASE("postStop: not for a start of which nothing was run, nor where nothing is waited for") {
    const auto spec = a_spec_with_hooks({Hook::post_stop});
    CHECK(outcome(next(a_worker().of(spec), StartAsked{t0}).worker, StopAsked{t0}) == "stopped down");
    const auto killed = next(a_worker().of(spec).in(State::running), KillAsked{t0}).worker;
    CHECK(outcome(killed, exited(t0, killed_by(SIGKILL))) == "stopped down");
}

TEST_CASE("postStop: a oneshot that remains up has it when it is stopped, and postStart when it is done") {
    auto spec = a_spec_with_hooks({Hook::post_start, Hook::pre_stop, Hook::post_stop});
    spec.kind = config::WorkerKind::oneshot;
    spec.remain_up = true;
    const auto work = a_worker().of(spec).in(State::starting).with_main();
    CHECK(outcome(work, exited(t0 + 1s, exit_code(0))) == "completed up: run postStart");
    const auto greeting = next(work, exited(t0 + 1s, exit_code(0))).worker;
    CHECK(outcome(greeting, StopAsked{t0 + 2s}) == "stopping down: hook SIGKILL");
    const auto up = next(greeting, done(Hook::post_start, t0 + 2s)).worker;
    CHECK(outcome(up, StopAsked{t0 + 3s}) == "stopping down: run postStop");
    CHECK(outcome(up, RestartAsked{t0 + 3s}) == "stopping up: run postStop");
    CHECK(outcome(up, KillAsked{t0 + 3s}) == "stopped down");
}

TEST_CASE("hooks: the end of one that is not the one that runs changes nothing") {
    const auto spec = a_spec_with_hooks({Hook::pre_start, Hook::pre_stop});
    const auto preparing = a_worker().of(spec).in(State::starting).with_hook(Hook::pre_start);
    CHECK(outcome(preparing, done(Hook::pre_stop, t0)) == "same");
    CHECK(outcome(a_worker().of(spec).in(State::running), done(Hook::pre_start, t0)) == "same");
    CHECK(outcome(preparing, SpawnFailed{t0, "exec: no"}) == "same");
}

namespace {

RunResult result_after(const Worker& worker, std::initializer_list<Event> events) {
    auto after = worker;
    for (const auto& event : events) after = next(after, event).worker;
    return after.result;
}

}   // namespace

TEST_CASE("result: what came of a start, for its postStop") {
    auto spec = a_spec_with_hooks({Hook::pre_start, Hook::post_stop});
    const auto running = a_worker().of(spec).in(State::running);
    const auto stopping = next(running, StopAsked{t0}).worker;
    const auto at_sigterm = next(stopping, timer_of(stopping, t0 + 5s)).worker;
    const auto at_kill = next(at_sigterm, timer_of(at_sigterm, t0 + 15s)).worker;
    CHECK(result_after(running, {exited(t0, exit_code(0))}) == RunResult::success);
    CHECK(result_after(running, {exited(t0, exit_code(3))}) == RunResult::exit);
    CHECK(result_after(running, {exited(t0, killed_by(SIGTERM))}) == RunResult::signal);
    CHECK(result_after(stopping, {exited(t0, killed_by(SIGINT))}) == RunResult::success);
    CHECK(result_after(stopping, {exited(t0, killed_by(SIGTERM))}) == RunResult::signal);   // not sent yet
    CHECK(result_after(stopping, {exited(t0, exit_code(3))}) == RunResult::exit);
    CHECK(result_after(stopping, {exited(t0, killed_by(SIGKILL))}) == RunResult::signal);
    CHECK(result_after(at_sigterm, {exited(t0, killed_by(SIGINT))}) == RunResult::success);
    CHECK(result_after(at_kill, {exited(t0, killed_by(SIGKILL))}) == RunResult::timeout);

    const auto preparing = next(a_worker().of(spec), StartAsked{t0}).worker;
    const auto prepared = next(preparing, done(Hook::pre_start, t0)).worker;
    CHECK(result_after(preparing, {failed(Hook::pre_start, t0)}) == RunResult::hook);
    CHECK(result_after(preparing, {StopAsked{t0}, failed(Hook::pre_start, t0)}) == RunResult::success);
    CHECK(result_after(prepared, {SpawnFailed{t0, "exec: no"}}) == RunResult::spawn_error);
    spec.ready.make().timeout = 5s;
    const auto starting = a_worker().of(spec).in(State::starting).with_main();
    CHECK(result_after(starting, {timer_of(starting, t0 + 5s), exited(t0 + 6s, killed_by(SIGINT))}) == RunResult::timeout);
    CHECK(next(a_worker().of(spec).in(State::fatal), StartAsked{t0}).worker.result == RunResult::success);
}

TEST_CASE("result: an earlier run is not taken for one of a start that had no main") {
    const auto spec = a_spec_with_hooks({Hook::pre_start, Hook::post_stop});
    auto waiting = a_worker().of(spec).in(State::backoff).failed(1);
    waiting.had_main = true;
    const auto preparing = next(waiting, timer_of(waiting, t0)).worker;
    CHECK_FALSE(preparing.had_main);
    const auto prepared = next(preparing, done(Hook::pre_start, t0)).worker;
    CHECK_FALSE(next(prepared, SpawnFailed{t0, "exec: no"}).worker.had_main);
    CHECK(next(prepared, Spawned{t0}).worker.had_main);
}

TEST_CASE("words: results are spelled as the manual says") {
    CHECK(to_text(RunResult::success) == "success");
    CHECK(to_text(RunResult::exit) == "exit");
    CHECK(to_text(RunResult::signal) == "signal");
    CHECK(to_text(RunResult::spawn_error) == "spawn-error");
    CHECK(to_text(RunResult::hook) == "hook");
    CHECK(to_text(RunResult::timeout) == "timeout");
}
