#include "unit/worker/table.hpp"

// As table_test.cpp, for workers that are to be done, and for those with hooks.

using namespace talos;
using namespace talos::worker;
using config::Hook;

namespace {

/// A oneshot.
std::vector<Row> oneshot_rows() {
    static const auto spec = [] {
        auto made = a_spec();
        made.kind = config::WorkerKind::oneshot;
        return made;
    }();
    static const auto lasting = [] {
        auto made = spec;
        made.remain_up = true;
        return made;
    }();
    const auto done = a_worker().of(lasting).done_and_up();
    const auto with_rest = done.with_rest_only();
    return {
        {.situation = "a oneshot, not yet spawned",
         .worker = a_worker().of(spec).in(State::starting),
         .stop = "stopped down",
         .kill = "stopped down",
         .spawned = "starting up",
         .spawn_failed = "backoff up: timer 100ms"},
        {.situation = "a oneshot at work",
         .worker = a_worker().of(spec).in(State::starting).with_main(),
         .stop = "stopping down: main SIGINT, timer 5s",
         .restart = "stopping up: main SIGINT, timer 5s",
         .kill = "stopping down: main SIGKILL",
         .exited_clean = "completed up",
         .crashed = "backoff up: timer 100ms",
         .crashed_leaving_rest = "backoff up: timer 100ms, rest SIGKILL"},
        {.situation = "a oneshot at work that remains up",
         .worker = a_worker().of(lasting).in(State::starting).with_main(),
         .stop = "stopping down: main SIGINT, timer 5s",
         .restart = "stopping up: main SIGINT, timer 5s",
         .kill = "stopping down: main SIGKILL",
         .exited_clean = "completed up",
         .crashed = "backoff up: timer 100ms",
         .crashed_leaving_rest = "backoff up: timer 100ms, rest SIGKILL"},
        {.situation = "a oneshot that is done and up",
         .worker = done,
         .stop = "stopped down",
         .restart = "starting up: spawn",
         .kill = "stopped down",
         .spawned = "stopping up: main SIGINT, timer 5s"},
        {.situation = "a oneshot that is done and up, rest alive",
         .worker = with_rest,
         .stop = "stopping down: rest SIGKILL",
         .restart = "stopping up: rest SIGKILL",
         .kill = "stopping down: rest SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .rest_gone = "completed up"},
    };
}

/// With all four hooks, 30 s for each.
config::WorkerSpec a_hooked_spec() {
    auto made = a_spec();
    for (auto& program : made.hooks.make().programs) program = {{"./hook"}, 30s};
    return made;
}

std::vector<Row> hooked_rows() {
    static const auto spec = a_hooked_spec();
    const auto worker = a_worker().of(spec);
    const auto failed = worker.in(State::backoff).failed(1);
    return {
        {.situation = "preStart runs",
         .worker = worker.in(State::starting).with_hook(Hook::pre_start),
         .stop = "stopping down: hook SIGINT, timer 5s",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "starting up: timer 1s",
         .hook_done = "starting up: spawn",
         .hook_failed = "backoff up: timer 100ms, run postStop"},
        {.situation = "postStart runs",
         .worker = worker.in(State::running).with_hook(Hook::post_start),
         .stop = "stopping down: hook SIGKILL",
         .restart = "stopping up: hook SIGKILL",
         .kill = "stopping down: main SIGKILL, hook SIGKILL",
         .unhealthy = "stopping up: main SIGINT, timer 5s, hook SIGKILL",
         .exited_clean = "exited up: hook SIGKILL",
         .crashed = "backoff up: timer 100ms, hook SIGKILL",
         .crashed_leaving_rest = "backoff up: timer 100ms, rest SIGKILL, hook SIGKILL",
         .hook_done = "running up",
         .hook_failed = "running up"},
        {.situation = "postStart runs after a crash",
         .worker = failed.after_run().with_hook(Hook::post_start),
         .start = "backoff up",
         .stop = "stopping down: hook SIGKILL",
         .restart = "backoff up",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .timer = "backoff up",
         .hook_done = "backoff up: run postStop",
         .hook_failed = "backoff up: run postStop"},
        {.situation = "postStop runs during the delay",
         .worker = failed.with_hook(Hook::post_stop),
         .start = "backoff up",
         .stop = "stopping down",
         .restart = "backoff up",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .timer = "backoff up",
         .hook_done = "backoff up",
         .hook_failed = "backoff up"},
        {.situation = "postStop runs, the delay is over",
         .worker = failed.after_delay().with_hook(Hook::post_stop),
         .start = "backoff up",
         .stop = "stopping down",
         .restart = "backoff up",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .hook_done = "starting up: run preStart",
         .hook_failed = "starting up: run preStart"},
        {.situation = "postStop runs in exited",
         .worker = worker.in(State::exited).with_hook(Hook::post_stop),
         .start = "backoff up",
         .stop = "stopping down",
         .restart = "backoff up",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .hook_done = "exited up",
         .hook_failed = "exited up"},
        {.situation = "postStop runs in fatal",
         .worker = worker.in(State::fatal).with_hook(Hook::post_stop),
         .start = "backoff up",
         .stop = "stopping down",
         .restart = "backoff up",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "stopping up: main SIGINT, timer 5s",
         .hook_done = "fatal up",
         .hook_failed = "fatal up"},
    };
}

std::vector<Row> stopping_hooked_rows() {
    static const auto spec = a_hooked_spec();
    const auto stopping = a_worker().of(spec).in(State::stopping);
    const auto held = stopping.with_hook(Hook::pre_stop).with_plan_held();
    const auto over = stopping.with_hook(Hook::post_stop).without_processes();
    const auto prepared = over.with_hook(Hook::pre_start);
    return {
        {.situation = "postStart is ended before preStop",
         .worker = stopping.with_hook(Hook::post_start).with_plan_held(),
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: main SIGKILL, hook SIGKILL",
         .exited_clean = "stopping down: hook SIGKILL",
         .crashed = "stopping down: hook SIGKILL",
         .crashed_leaving_rest = "stopping down: rest SIGINT, timer 5s, hook SIGKILL",
         .hook_done = "stopping down: run preStop",
         .hook_failed = "stopping down: run preStop"},
        {.situation = "preStop runs",
         .worker = held,
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: main SIGKILL, hook SIGKILL",
         .exited_clean = "stopping down: hook SIGKILL",
         .crashed = "stopping down: hook SIGKILL",
         .crashed_leaving_rest = "stopping down: rest SIGINT, timer 5s, hook SIGKILL",
         .hook_done = "stopping down: main SIGINT, timer 5s",
         .hook_failed = "stopping down: main SIGINT, timer 5s"},
        {.situation = "preStop is ended, the rest is stopped",
         .worker = stopping.with_rest_only().with_hook(Hook::pre_stop),
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: rest SIGKILL, hook SIGKILL",
         .spawned = "stopping down: main SIGINT",
         .rest_gone = "stopping down",
         .timer = "stopping down: rest SIGTERM, timer 10s",
         .hook_done = "stopping down",
         .hook_failed = "stopping down"},
        {.situation = "postStop runs",
         .worker = over,
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "stopping down: main SIGINT",
         .hook_done = "stopped down",
         .hook_failed = "stopped down"},
        {.situation = "postStop runs, to be restarted",
         .worker = over.wanted(Goal::up),
         .stop = "stopping down",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "stopping up: main SIGINT",
         .hook_done = "starting up: run preStart",
         .hook_failed = "starting up: run preStart"},
        {.situation = "preStart is stopped",
         .worker = prepared,
         .start = "stopping up",
         .restart = "stopping up",
         .kill = "stopping down: hook SIGKILL",
         .spawned = "stopping down: main SIGINT",
         .timer = "stopping down: hook SIGTERM, timer 10s",
         .hook_done = "stopping down: run postStop",
         .hook_failed = "stopping down: run postStop"},
    };
}

}   // namespace

TEST_CASE("table: a oneshot against every event, at work, and once it is done and remains up") { check(oneshot_rows()); }

TEST_CASE("table: every event while a hook runs, outside of a stop and in one") {
    check(hooked_rows());
    check(stopping_hooked_rows());
}
