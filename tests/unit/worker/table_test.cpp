#include "unit/worker/table.hpp"
#include <array>

// Every state and what can be alive in it, times every event: what comes next and what is done.

using namespace talos;
using namespace talos::worker;

namespace {

std::vector<Row> resting_rows() {
    return {
        {.situation = "stopped",
         .worker = a_worker(),
         .start = "starting up: spawn",
         .restart = "starting up: spawn",
         .spawned = "stopping down: main SIGINT, timer 5s"},
        {.situation = "exited",
         .worker = a_worker().in(State::exited),
         .start = "starting up: spawn",
         .stop = "exited down",
         .restart = "starting up: spawn",
         .kill = "exited down",
         .spawned = "stopping up: main SIGINT, timer 5s"},
        {.situation = "exited, rest alive",
         .worker = a_worker().in(State::exited).with_rest_only(),
         .start = "backoff up",
         .stop = "stopping down: rest SIGKILL",
         .restart = "backoff up",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .rest_gone = "exited up"},
        {.situation = "completed",
         .worker = a_worker().in(State::completed),
         .start = "starting up: spawn",
         .stop = "completed down",
         .restart = "starting up: spawn",
         .kill = "completed down",
         .spawned = "stopping up: main SIGINT, timer 5s"},
        {.situation = "completed, rest alive",
         .worker = a_worker().in(State::completed).with_rest_only(),
         .start = "backoff up",
         .stop = "stopping down: rest SIGKILL",
         .restart = "backoff up",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .rest_gone = "completed up"},
        {.situation = "fatal",
         .worker = a_worker().in(State::fatal),
         .start = "starting up: spawn",
         .stop = "fatal down",
         .restart = "starting up: spawn",
         .kill = "fatal down",
         .spawned = "stopping up: main SIGINT, timer 5s"},
        {.situation = "fatal, rest alive",
         .worker = a_worker().in(State::fatal).with_rest_only(),
         .start = "backoff up",
         .stop = "stopping down: rest SIGKILL",
         .restart = "backoff up",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .rest_gone = "fatal up"},
    };
}

std::vector<Row> rising_rows() {
    return {
        {.situation = "starting, not yet spawned",
         .worker = a_worker().in(State::starting),
         .stop = "stopped down",
         .kill = "stopped down",
         .spawned = "starting up: timer 1s",
         .spawn_failed = "backoff up: timer 100ms"},
        {.situation = "starting, spawned",
         .worker = a_worker().in(State::starting).with_main(),
         .stop = "stopping down: main SIGINT, timer 5s",
         .restart = "stopping up: main SIGINT, timer 5s",
         .kill = "stopping down: main SIGKILL",
         .exited_clean = "exited up",
         .crashed = "backoff up: timer 100ms",
         .crashed_leaving_rest = "backoff up: timer 100ms, rest SIGKILL",
         .timer = "running up"},
        {.situation = "running",
         .worker = a_worker().in(State::running),
         .stop = "stopping down: main SIGINT, timer 5s",
         .restart = "stopping up: main SIGINT, timer 5s",
         .kill = "stopping down: main SIGKILL",
         .unhealthy = "stopping up: main SIGINT, timer 5s",
         .exited_clean = "exited up",
         .crashed = "backoff up: timer 100ms",
         .crashed_leaving_rest = "backoff up: timer 100ms, rest SIGKILL"},
        {.situation = "backoff",
         .worker = a_worker().in(State::backoff).failed(1),
         .start = "starting up: spawn",
         .stop = "stopped down",
         .restart = "starting up: spawn",
         .kill = "stopped down",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .timer = "starting up: spawn"},
        {.situation = "backoff, rest alive",
         .worker = a_worker().in(State::backoff).failed(1).with_rest_only(),
         .start = "backoff up",
         .stop = "stopping down: rest SIGKILL",
         .restart = "backoff up",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .rest_gone = "backoff up",
         .timer = "backoff up"},
        {.situation = "backoff, delay over, rest alive",
         .worker = a_worker().in(State::backoff).failed(1).with_rest_only().after_delay(),
         .start = "backoff up",
         .stop = "stopping down: rest SIGKILL",
         .restart = "backoff up",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .rest_gone = "starting up: spawn"},
    };
}

/// With `ready`: 30 s for it.
std::vector<Row> awaiting_rows() {
    static const auto spec = [] {
        auto made = a_spec();
        made.ready.make().timeout = 30s;
        return made;
    }();
    const auto worker = a_worker().of(spec);
    auto unready = worker.stopping_given_up();
    unready.reason = Reason(reasons::NotReady{30s, "notify", {}});
    return {
        {.situation = "with ready: starting, not yet spawned",
         .worker = worker.in(State::starting),
         .stop = "stopped down",
         .kill = "stopped down",
         .spawned = "starting up: timer 30s",
         .spawn_failed = "backoff up: timer 100ms"},
        {.situation = "with ready: starting, spawned",
         .worker = worker.in(State::starting).with_main(),
         .stop = "stopping down: main SIGINT, timer 5s",
         .restart = "stopping up: main SIGINT, timer 5s",
         .kill = "stopping down: main SIGKILL",
         .ready = "running up",
         .more_time = "starting up: timer 40s",
         .exited_clean = "exited up",
         .crashed = "backoff up: timer 100ms",
         .crashed_leaving_rest = "backoff up: timer 100ms, rest SIGKILL",
         .timer = "stopping up: main SIGINT, timer 5s"},
        {.situation = "with ready: running",
         .worker = worker.in(State::running),
         .stop = "stopping down: main SIGINT, timer 5s",
         .restart = "stopping up: main SIGINT, timer 5s",
         .kill = "stopping down: main SIGKILL",
         .unhealthy = "stopping up: main SIGINT, timer 5s",
         .exited_clean = "exited up",
         .crashed = "backoff up: timer 100ms",
         .crashed_leaving_rest = "backoff up: timer 100ms, rest SIGKILL"},
        {.situation = "not ready in time, stopping",
         .worker = unready,
         .start = "stopping up",
         .stop = "stopping down",
         .restart = "stopping up",
         .kill = "stopping down: main SIGKILL",
         .exited_clean = "backoff up: timer 100ms",
         .crashed = "backoff up: timer 100ms",
         .crashed_leaving_rest = "stopping up: rest SIGINT",
         .timer = "stopping up: main SIGTERM, timer 10s"},
        {.situation = "not ready in time, stopping, rest alive",
         .worker = unready.with_rest_only(),
         .start = "stopping up",
         .stop = "stopping down",
         .restart = "stopping up",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping up: main SIGINT",
         .rest_gone = "backoff up: timer 100ms",
         .timer = "stopping up: rest SIGTERM, timer 10s"},
    };
}

std::vector<Row> stopping_rows() {
    const auto stopping = a_worker().in(State::stopping);
    const auto rest = stopping.with_rest_only();
    return {
        {.situation = "stopping",
         .worker = stopping,
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: main SIGKILL",
         .exited_clean = "stopped down",
         .crashed = "stopped down",
         .crashed_leaving_rest = "stopping down: rest SIGINT",
         .timer = "stopping down: main SIGTERM, timer 10s"},
        {.situation = "stopping, last step",
         .worker = stopping.at_step(1),
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: main SIGKILL",
         .exited_clean = "stopped down",
         .crashed = "stopped down",
         .crashed_leaving_rest = "stopping down: rest SIGTERM",
         .timer = "stopping down: main SIGKILL"},
        {.situation = "stopping, SIGKILL sent",
         .worker = stopping.at_step(2),
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: main SIGKILL",
         .exited_clean = "stopped down",
         .crashed = "stopped down",
         .crashed_leaving_rest = "stopping down: rest SIGKILL"},
        {.situation = "stopping, rest alive",
         .worker = rest,
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping down: main SIGINT",
         .rest_gone = "stopped down",
         .timer = "stopping down: rest SIGTERM, timer 10s"},
        {.situation = "stopping, rest alive, SIGKILL sent",
         .worker = rest.at_step(2),
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping down: main SIGKILL",
         .rest_gone = "stopped down"},
        {.situation = "stopping to restart",
         .worker = stopping.wanted(Goal::up),
         .stop = "stopping down",
         .kill = "stopping down: main SIGKILL",
         .exited_clean = "starting up: spawn",
         .crashed = "starting up: spawn",
         .crashed_leaving_rest = "stopping up: rest SIGINT",
         .timer = "stopping up: main SIGTERM, timer 10s"},
        {.situation = "stopping to restart, rest alive",
         .worker = rest.wanted(Goal::up),
         .stop = "stopping down",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping up: main SIGINT",
         .rest_gone = "starting up: spawn",
         .timer = "stopping up: rest SIGTERM, timer 10s"},
    };
}

}   // namespace

TEST_CASE("table: stopped, exited, completed and fatal are left by a start only, or by a stop while something is left of them") {
    check(resting_rows());
}

TEST_CASE("table: starting, running and backoff against every event") { check(rising_rows()); }

TEST_CASE("table: a worker with ready against every event, before and after its time for it is over") { check(awaiting_rows()); }

TEST_CASE("table: stopping against every event, whatever is still alive and at every step of the plan") {
    check(stopping_rows());
}

TEST_CASE("table: every state has its row") {
    std::array<bool, all_states.size()> seen{};
    for (const auto& rows : {resting_rows(), rising_rows(), stopping_rows()})
        for (const auto& row : rows) seen[static_cast<std::size_t>(row.worker.state())] = true;
    for (const State state : all_states) {
        CAPTURE(to_text(state));
        CHECK(seen[static_cast<std::size_t>(state)]);
    }
}
