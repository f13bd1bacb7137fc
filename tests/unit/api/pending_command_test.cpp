#include "api/pending_command.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::api;
using namespace std::chrono_literals;
using What = Outcome::What;
using worker::Goal;
using worker::State;

namespace {

const WallTime now = wall_from_ms(1'769'650'000'000);

/// A worker as it is seen after a wish with number 3 that found 5 attempts.
WorkerView view(State state, Goal goal = Goal::up, std::uint64_t attempts = 6) {
    WorkerView worker;
    worker.status.name = "web";
    worker.status.state = state;
    worker.status.goal = goal;
    worker.command_number = 3;
    worker.attempts = attempts;
    return worker;
}

WorkerView ended(WorkerView worker, ExitStatus status) {
    worker.status.last_exit = worker::LastExit{status, now, 5s};
    return worker;
}

WorkerView with_reason(WorkerView worker, std::string reason) {
    worker.status.reason = std::move(reason);
    return worker;
}

WorkerView next_start(WorkerView worker, Millis left) {
    worker.status.next_start = now + left;
    return worker;
}

WorkerView killed_in(WorkerView worker, Millis left) {
    worker.kill_at = now + left;
    return worker;
}

WorkerView waiting_for(const char* other, bool in_vain) {
    auto worker = view(State::stopped, Goal::up, 5);
    worker.status.reason = std::string("waiting for ") + other;
    worker.in_vain = in_vain;
    return worker;
}

WorkerView remaining_up(WorkerView worker) {
    worker.status.state = State::completed;
    worker.status.remains_up = true;
    return ended(std::move(worker), ExitStatus{});
}

PendingCommand wish(Verb verb) { return {"web", verb, 3, 5, 0, {}}; }

constexpr ExitStatus code(int number) { return {number, 0, false, {}}; }
constexpr ExitStatus killed{0, 9, false, {}};

struct Row {
    const char* what;
    Verb verb;
    WorkerView seen;
    What outcome;
    const char* reason;
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        INFO(row.what);
        const auto outcome = judge(wish(row.verb), &row.seen, now);
        CHECK(static_cast<int>(outcome.what) == static_cast<int>(row.outcome));
        CHECK(outcome.reason == row.reason);
        CHECK(outcome.state == worker::to_text(state::documented_state(row.seen.status)));
    }
}

}   // namespace

TEST_CASE("a start is reached at running, or when the program has done its work") {
    check({
        {"up", Verb::start, view(State::running), What::reached, ""},
        {"up already", Verb::start, view(State::running, Goal::up, 5), What::reached, ""},
        {"on its way", Verb::start, view(State::starting), What::pending, "starting"},
        {"being stopped first", Verb::start, killed_in(view(State::stopping, Goal::up, 5), 12s), What::pending,
         "stopping, SIGKILL in 12 s"},
        {"not its turn yet", Verb::start, view(State::stopped, Goal::up, 5), What::pending, "waiting to be started"},
        {"waiting for another", Verb::start, waiting_for("db to be ready", false), What::pending, "waiting for db to be ready"},
        {"waiting in vain", Verb::restart, waiting_for("db (fatal) to be ready", true), What::failed,
         "waiting for db (fatal) to be ready"},
        {"done", Verb::start, ended(view(State::exited), code(0)), What::reached, ""},
        {"completed", Verb::start, ended(view(State::completed), code(0)), What::reached, ""},
        {"completed, and up", Verb::start, remaining_up(view(State::completed)), What::reached, ""},
        {"done by the run that was found", Verb::start, ended(view(State::exited, Goal::up, 5), code(0)), What::reached, ""},
        {"failed, no policy", Verb::start, ended(view(State::exited), code(3)), What::failed, "it ended with exit code 3"},
        {"killed", Verb::start, ended(view(State::exited), killed), What::failed, "it ended with SIGKILL"},
        {"could not begin, an earlier run was fine", Verb::start,
         with_reason(ended(view(State::exited), code(0)), "exec ./x: No such file"), What::failed, "exec ./x: No such file"},
        {"fatal", Verb::start, with_reason(ended(view(State::fatal), code(1)), "2 failures within 1m, the last one: exit code 1"),
         What::failed, "2 failures within 1m, the last one: exit code 1"},
    });
}

TEST_CASE("a start fails at the first backoff of a run that came after it") {
    check({
        {"exit", Verb::start, next_start(ended(view(State::backoff), code(1)), 100ms), What::failed,
         "it ended with exit code 1, next start in 100 ms"},
        {"no spawn", Verb::start, next_start(with_reason(view(State::backoff), "exec ./x: No such file"), 200ms), What::failed,
         "exec ./x: No such file, next start in 200 ms"},
        {"a run that was found", Verb::start, next_start(ended(view(State::backoff, Goal::up, 5), code(1)), 1500ms),
         What::pending, "it ended with exit code 1, next start in 2 s"},
        {"the rest of the last run", Verb::start,
         with_reason(view(State::backoff, Goal::up, 5), "waiting for the rest of its last run to end"), What::pending,
         "waiting for the rest of its last run to end"},
        {"overdue", Verb::start, next_start(ended(view(State::backoff, Goal::up, 5), code(1)), 0ms), What::pending,
         "it ended with exit code 1, next start is due now"},
    });
}

TEST_CASE("a restart is only content with a later spawn") {
    check({
        {"the old run", Verb::restart, view(State::running, Goal::up, 5), What::pending, "running, restart pending"},
        {"stopping", Verb::restart, killed_in(view(State::stopping, Goal::up, 5), 90s), What::pending,
         "stopping, SIGKILL in 1 min 30 s"},
        {"the new run", Verb::restart, view(State::starting), What::pending, "starting"},
        {"up again", Verb::restart, view(State::running), What::reached, ""},
        {"done again", Verb::restart, ended(view(State::exited), code(0)), What::reached, ""},
        {"completed again", Verb::restart, ended(view(State::completed), code(0)), What::reached, ""},
        {"completed and up, the old run", Verb::restart, remaining_up(view(State::completed, Goal::up, 5)), What::pending,
         "running, restart pending"},
        {"ended without a new run", Verb::restart, ended(view(State::exited, Goal::up, 5), code(0)), What::failed,
         "it ended with exit code 0"},
        {"failed", Verb::restart, next_start(ended(view(State::backoff), killed), 30s), What::failed,
         "it ended with SIGKILL, next start in 30 s"},
    });
}

TEST_CASE("a stop is reached when no process is left and none is wanted") {
    const auto down = [](State state) { return view(state, Goal::down); };
    check({
        {"stopped", Verb::stop, down(State::stopped), What::reached, ""},
        {"ended before", Verb::stop, ended(down(State::exited), code(1)), What::reached, ""},
        {"completed before", Verb::stop, ended(down(State::completed), code(0)), What::reached, ""},
        {"completed, and to go down", Verb::stop, remaining_up(down(State::completed)), What::pending, "stop pending"},
        {"fatal before", Verb::stop, down(State::fatal), What::reached, ""},
        {"stopping", Verb::stop, down(State::stopping), What::pending, "stopping"},
        {"countdown", Verb::stop, killed_in(down(State::stopping), 11'001ms), What::pending, "stopping, SIGKILL in 12 s"},
        {"nearly", Verb::stop, killed_in(down(State::stopping), 350ms), What::pending, "stopping, SIGKILL in 350 ms"},
        {"long", Verb::stop, killed_in(down(State::stopping), 90min), What::pending, "stopping, SIGKILL in 1 h 30 min"},
        {"killed", Verb::stop, killed_in(down(State::stopping), 0ms), What::pending, "stopping, SIGKILL was sent"},
        {"not acted on yet", Verb::stop, down(State::running), What::pending, "stop pending"},
        {"wanted again", Verb::stop, view(State::starting), What::failed, "it was started again"},
    });
}

TEST_CASE("without another command, a start fails when the worker goes down with talosd") {
    check({
        {"stopping", Verb::start, killed_in(view(State::stopping, Goal::down), 5s), What::failed, "it is being stopped"},
        {"stopped", Verb::restart, view(State::stopped, Goal::down), What::failed, "it was stopped"},
        {"starting", Verb::start, view(State::starting, Goal::down), What::failed, "a stop is pending"},
        {"running, never restarted", Verb::restart, view(State::running, Goal::down, 5), What::failed, "a stop is pending"},
    });
}

TEST_CASE("a later wish wins when it wants something else, and counts when it leads to the same end") {
    const auto later = [](Verb verb, WorkerView worker) {
        worker.command_number = 4;
        worker.verb = verb;
        return worker;
    };
    check({
        {"start, then stop", Verb::start, later(Verb::stop, view(State::stopping, Goal::down)), What::failed,
         "a later stop replaced this command"},
        {"restart, then stop", Verb::restart, later(Verb::stop, view(State::stopped, Goal::down)), What::failed,
         "a later stop replaced this command"},
        {"stop, then start", Verb::stop, later(Verb::start, view(State::stopping)), What::failed,
         "a later start replaced this command"},
        {"stop, then restart", Verb::stop, later(Verb::restart, view(State::running)), What::failed,
         "a later restart replaced this command"},
        {"stop, then stop", Verb::stop, later(Verb::stop, view(State::stopped, Goal::down)), What::reached, ""},
        {"start, then restart", Verb::start, later(Verb::restart, killed_in(view(State::stopping), 3s)), What::pending,
         "stopping, SIGKILL in 3 s"},
        {"two restarts", Verb::restart, later(Verb::restart, view(State::running)), What::reached, ""},
        {"restart, then start", Verb::restart, later(Verb::start, view(State::running)), What::reached, ""},
    });
    auto same = view(State::running);   // no later one, whatever its verb
    same.verb = Verb::stop;
    CHECK(judge(wish(Verb::start), &same, now).what == What::reached);
}

TEST_CASE("a worker that is gone is as stopped as can be, and cannot be up") {
    const auto stopped = judge(wish(Verb::stop), nullptr, now);
    CHECK(stopped.what == What::reached);
    CHECK(stopped.state == "removed");
    for (const Verb verb : {Verb::start, Verb::restart}) {
        const auto up = judge(wish(verb), nullptr, now);
        CHECK(up.what == What::failed);
        CHECK(up.state == "removed");
        CHECK(up.reason == "it was removed");
        auto leaving = view(State::stopping, Goal::down);
        leaving.leaving = true;
        CHECK(judge(wish(verb), &leaving, now).reason == "it was removed");
    }
}

TEST_CASE("judge: a stop of a worker that is removed is reached once the status does not have it any more") {
    for (const State state : {State::stopped, State::exited, State::fatal}) {
        auto leaving = view(state, Goal::down);
        CHECK(judge(wish(Verb::stop), &leaving, now).what == What::reached);
        leaving.leaving = true;
        const auto pending = judge(wish(Verb::stop), &leaving, now);
        CHECK(pending.what == What::pending);
        CHECK(pending.reason == "removal pending");
    }
    CHECK(judge(wish(Verb::stop), nullptr, now).what == What::reached);
}

TEST_CASE("an outcome has the worker's pid while it has one") {
    auto worker = view(State::running);
    CHECK(judge(wish(Verb::start), &worker, now).pid == 0);
    worker.status.pid = 4243;
    CHECK(judge(wish(Verb::start), &worker, now).pid == 4243);
}

TEST_CASE("every state gets an answer, and only a pending or failed one has a reason") {
    for (const auto state : worker::all_states)
        for (const auto goal : {Goal::up, Goal::down})
            for (const auto attempts : {5u, 6u})
                for (const Verb verb : {Verb::start, Verb::stop, Verb::restart}) {
                    const auto seen = view(state, goal, attempts);
                    const auto outcome = judge(wish(verb), &seen, now);
                    CAPTURE(outcome.state, to_text(verb), attempts);
                    CHECK(outcome.reason.empty() == (outcome.what == What::reached));
                    CHECK(!outcome.reason.ends_with('.'));
                }
}

TEST_CASE("wish: a reload is reached when one has ended since, failed with its words, and with the run") {
    auto asked = wish(Verb::reload);
    asked.reloads = 2;
    auto busy = view(State::running);
    busy.reloads = 2;
    CHECK(judge(asked, &busy, now).what == What::pending);
    CHECK(judge(asked, &busy, now).reason == "reloading");
    auto done = busy;
    done.reloads = 3;
    CHECK(judge(asked, &done, now).what == What::reached);
    done.reload_failure = "no READY=1 within 30s";
    CHECK(judge(asked, &done, now).what == What::failed);
    CHECK(judge(asked, &done, now).reason == "no READY=1 within 30s");
    auto ended = view(State::exited);
    ended.reloads = 2;
    CHECK(judge(asked, &ended, now).what == What::failed);
}

TEST_CASE("wish: a disable is reached like a stop, and a later start wins") {
    const auto down = view(State::stopped, Goal::down);
    CHECK(judge(wish(Verb::disable), &down, now).what == What::reached);
    auto again = view(State::running);
    again.command_number = 4;
    again.verb = Verb::start;
    CHECK(judge(wish(Verb::disable), &again, now).what == What::failed);
}

TEST_CASE("wish: one that waits for a disabled worker has failed, and what enables that is said") {
    auto waiting = waiting_for("db (disabled) to be ready", true);
    waiting.disabled_cause = "db";
    const auto outcome = judge(wish(Verb::start), &waiting, now);
    CHECK(outcome.what == What::failed);
    CHECK(
        outcome.reason ==
        "waiting for db (disabled) to be ready: db is disabled; `talosctl enable db` enables it, `talosctl start db` starts it");
}

TEST_CASE("wish: one that was not meant by its own name and is skipped is left as it is, which is no failure") {
    auto skipped = wish(Verb::start);
    skipped.skipped = "disabled; `talosctl start web` starts it";
    const auto down = view(State::stopped, Goal::down);
    const auto outcome = judge(skipped, &down, now);
    CHECK(outcome.what == What::reached);
    CHECK(outcome.reason == "disabled; `talosctl start web` starts it");
}
