#include "support/a_worker.hpp"
#include "support/catch.hpp"

// What is asked for: start, stop, restart; and which starts count as restarts.

using namespace talos;
using namespace talos::worker;

TEST_CASE("start: spawned, then up after startTime") {
    const auto asked = next(a_worker(), StartAsked{t0});
    CHECK(asked.worker.state() == State::starting);
    CHECK(asked.actions == Actions{Spawn{}});
    const auto spawned = next(asked.worker, Spawned{t0 + 1ms});
    CHECK(spawned.worker.state() == State::starting);
    CHECK(spawned.actions == Actions{ArmTimer{1s}});
    CHECK_FALSE(spawned.worker.ready());
    const auto up = next(spawned.worker, timer_of(spawned.worker, t0 + 1'001ms));
    CHECK(up.worker.state() == State::running);
    CHECK(up.worker.ready());
    CHECK(up.worker.restarts == 0);
    CHECK(up.worker.spawned == t0 + 1ms);
}

TEST_CASE("start: with startTime 0 up as soon as it is spawned") {
    auto spec = a_spec();
    spec.start_time = 0ms;
    const auto spawned = next(a_worker().of(spec).in(State::starting), Spawned{t0 + 1ms});
    CHECK(spawned.worker.state() == State::running);
    CHECK(spawned.actions.empty());
}

TEST_CASE("start during backoff: at once, with the failures forgotten, and the pending timer is ignored") {
    const auto waiting = a_worker().in(State::backoff).failed(5);
    const auto started = next(waiting, StartAsked{t0});
    CHECK(started.worker.state() == State::starting);
    CHECK(started.actions == Actions{Spawn{}});
    CHECK(started.worker.failures == 0);
    CHECK(started.worker.restarts == 0);
    CHECK(outcome(started.worker, TimerFired{t0 + 1s, waiting.epoch}) == "same");
}

TEST_CASE("stop during backoff: stopped at once, the pending timer is ignored") {
    const auto waiting = a_worker().failed(3).in(State::backoff);
    const auto stopped = next(waiting, StopAsked{t0});
    CHECK(stopped.worker.state() == State::stopped);
    CHECK(stopped.actions.empty());
    CHECK_FALSE(stopped.worker.next_start());
    CHECK(next(stopped.worker, TimerFired{t0 + 1s, waiting.epoch}).worker == stopped.worker);
}

TEST_CASE("stop before the spawn: stopped at once") {
    const auto stopped = next(a_worker().in(State::starting), StopAsked{t0});
    CHECK(stopped.worker.state() == State::stopped);
    CHECK(stopped.actions.empty());
    CHECK(outcome(stopped.worker, SpawnFailed{t0, "fork: EAGAIN"}) == "same");
}

TEST_CASE("stop before the spawn: a process that was spawned all the same is ended by the plan") {
    const auto stopped = next(a_worker().in(State::starting), StopAsked{t0}).worker;
    const auto there = next(stopped, Spawned{t0});
    CHECK(there.worker.state() == State::stopping);
    CHECK(there.worker.has_main());
    CHECK(there.actions == Actions{SignalMain{SIGINT}, ArmTimer{5s}});
    CHECK(next(there.worker, exited(t0, exit_code(0))).worker.state() == State::stopped);
}

TEST_CASE("stop while starting: by the plan, and startTime does not bring it up any more") {
    const auto spawned = next(a_worker().in(State::starting), Spawned{t0}).worker;
    const auto stopping = next(spawned, StopAsked{t0}).worker;
    CHECK(stopping.state() == State::stopping);
    CHECK(outcome(stopping, TimerFired{t0 + 1s, spawned.epoch}) == "same");
}

TEST_CASE("stop twice: the second one changes nothing") {
    const auto stopping = next(a_worker().in(State::running), StopAsked{t0}).worker;
    CHECK(outcome(stopping, StopAsked{t0 + 1s}) == "same");
    const auto stopped = next(stopping, exited(t0 + 1s, exit_code(0))).worker;
    CHECK(outcome(stopped, StopAsked{t0 + 2s}) == "same");
}

TEST_CASE("restart: by the stop plan, started again when the tree is empty, and no automatic restart") {
    const auto asked = next(a_worker().in(State::running).failed(4), RestartAsked{t0});
    CHECK(asked.worker.state() == State::stopping);
    CHECK(asked.worker.goal() == Goal::up);
    const auto main_gone = next(asked.worker, exited_leaving_rest(t0, exit_code(0)));
    CHECK(main_gone.worker.state() == State::stopping);
    const auto started = next(main_gone.worker, RestGone{t0});
    CHECK(started.worker.state() == State::starting);
    CHECK(started.actions == Actions{Spawn{}});
    CHECK(started.worker.failures == 0);
    CHECK(started.worker.restarts == 0);
}

TEST_CASE("wishes while stopping: the last one wins") {
    const auto stopping = next(a_worker().in(State::running), StopAsked{t0}).worker;
    const auto ended = [](const Worker& worker) { return next(worker, exited(t0 + 1s, exit_code(0))).worker.state(); };
    const auto started = next(stopping, StartAsked{t0}).worker;
    CHECK(ended(started) == State::starting);
    const auto stopped = next(started, StopAsked{t0}).worker;
    CHECK(ended(stopped) == State::stopped);
    const auto restarted = next(stopped, RestartAsked{t0}).worker;
    CHECK(ended(restarted) == State::starting);
    CHECK(stopped == stopping);   // the plan went on undisturbed
    CHECK(restarted.epoch == stopping.epoch);
}

TEST_CASE("restarts: an automatic one counts, also when it had to wait for the rest of the tree") {
    const auto crashed = next(a_worker().in(State::running), exited(t0, exit_code(1))).worker;
    CHECK(crashed.restarts == 0);
    CHECK(next(crashed, timer_of(crashed, t0 + 100ms)).worker.restarts == 1);

    const auto waiting = a_worker().in(State::backoff).with_rest_only().after_delay();
    CHECK(next(waiting, RestGone{t0}).worker.restarts == 1);
}

TEST_CASE("restarts: a start that was asked for does not count, also when it has to wait for the rest of the tree") {
    const auto situations = {a_worker().in(State::exited).with_rest_only(), a_worker().in(State::fatal).with_rest_only(),
                             a_worker().in(State::backoff).with_rest_only(),
                             a_worker().in(State::backoff).with_rest_only().after_delay()};
    for (const auto& situation : situations) {
        const bool delay_over = situation.is(State::backoff) && !situation.next_start();
        CAPTURE(to_text(situation.state()), delay_over);
        for (const Event& wish : {Event{StartAsked{t0}}, Event{RestartAsked{t0}}}) {
            const auto waiting = next(situation, wish);
            CHECK(waiting.worker.state() == State::backoff);
            CHECK(waiting.worker.reason.text() == "waiting for the rest of its last run to end");
            CHECK_FALSE(waiting.worker.next_start());
            CHECK(waiting.actions.empty());
            CHECK(outcome(waiting.worker, StartAsked{t0 + 1s}) == "same");
            CHECK(waiting.worker.epoch == situation.epoch + (delay_over ? 0 : 1));   // the delay's timer is late
            CHECK(outcome(waiting.worker, TimerFired{t0 + 1s, situation.epoch}) == "same");
            CHECK(outcome(waiting.worker, timer_of(waiting.worker, t0 + 1s)) == "same");
            const auto started = next(waiting.worker, RestGone{t0 + 1s});
            CHECK(started.actions == Actions{Spawn{}});
            CHECK(started.worker.restarts == 0);
        }
    }
}

TEST_CASE("restarts: never reset, neither by a long run nor by a stop") {
    auto worker = a_worker().in(State::running);
    worker.restarts = 9;
    CHECK(next(worker, exited(t0 + 1h, exit_code(1))).worker.restarts == 10);
    const auto stopping = next(worker, StopAsked{t0}).worker;
    const auto stopped = next(stopping, exited(t0, exit_code(0))).worker;
    CHECK(next(stopped, StartAsked{t0}).worker.restarts == 9);
}

TEST_CASE("a new worker is stopped, wanted down, and nothing is done") {
    const auto worker = make_worker(plain_spec, 1, t0);
    CHECK(worker.state() == State::stopped);
    CHECK(worker.goal() == Goal::down);
    CHECK(worker.since == t0);
    CHECK(worker.restarts == 0);
    CHECK_FALSE(worker.last_exit);
}

TEST_CASE("words: states and goals are spelled as the contract says") {
    CHECK(to_text(State::backoff) == "backoff");
    CHECK(to_text(State::fatal) == "fatal");
    CHECK(to_text(Goal::up) == "up");
    CHECK(to_text(Goal::down) == "down");
}

TEST_CASE("words: every event has its cause and its time") {
    const std::vector<std::pair<Event, const char*>> causes{
        {StartAsked{t0}, "start"},
        {StopAsked{t0}, "stop"},
        {RestartAsked{t0}, "restart"},
        {KillAsked{t0}, "kill"},
        {Spawned{t0}, "spawn"},
        {SpawnFailed{t0, ""}, "spawn-error"},
        {RestGone{t0}, "tree-empty"},
        {TimerFired{t0, 1}, "timer"},
        {exited(t0, exit_code(0)), "exit"},
        {BecameReady{t0}, "ready"},
        {TimeAsked{t0, 1s}, "time"},
        {Unhealthy{t0, ""}, "unhealthy"},
        {HookEnded{t0, config::Hook::pre_stop, true, ""}, "hook"},
        {Held{t0}, "dependency"},
        {Released{t0}, "dependency"},
        {DependentsGone{t0}, "dependency"},
        {StopDeferred{t0}, "stop"},
        {RestartDeferred{t0}, "restart"},
        {ResetAsked{t0}, "reset"},
        {PauseAsked{t0}, "pause"},
        {ResumeAsked{t0}, "resume"},
        {ReloadAsked{t0}, "reload"},
        {ReloadAnnounced{t0}, "reloading"},
        {Paused{t0}, "paused"},
        {Resumed{t0}, "resumed"},
        {NoticeEnded{t0}, "hook"},
    };
    CHECK(causes.size() == std::variant_size_v<Event>);
    for (const auto& [event, expected] : causes) {
        CHECK(cause(event) == expected);
        CHECK(at(event) == t0);
    }
}
