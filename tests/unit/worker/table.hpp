#pragma once
#include "support/a_worker.hpp"
#include "support/catch.hpp"
#include <string>
#include <utility>
#include <vector>

/// A situation and what every event makes of it.
namespace talos::worker {

inline constexpr auto now = t0 + 300ms;   // under resetAfter: an exit is a failure

/// One member for each event; what is left out changes nothing and does nothing.
struct Row {
    const char* situation;
    Worker worker{};
    const char* start = "same";
    const char* stop = "same";
    const char* restart = "same";
    const char* kill = "same";
    const char* spawned = "same";
    const char* ready = "same";
    const char* more_time = "same";
    const char* unhealthy = "same";
    const char* spawn_failed = "same";
    const char* exited_clean = "same";
    const char* crashed = "same";
    const char* crashed_leaving_rest = "same";
    const char* rest_gone = "same";
    const char* timer = "same";
    const char* hook_done = "same";   ///< the one that runs, or preStart where none does
    const char* hook_failed = "same";
};

inline HookEnded hook_ended(const Worker& worker, Stamp at, bool ok) {
    const auto which = worker.hook() == config::Hook::none ? config::Hook::pre_start : worker.hook();
    return {at, which, ok, ok ? "" : std::string(to_text(which)) + ": exit code 1"};
}

inline void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        INFO(row.situation);
        const auto& worker = row.worker;
        const std::vector<std::pair<Event, const char*>> columns{
            {StartAsked{now}, row.start},
            {StopAsked{now}, row.stop},
            {RestartAsked{now}, row.restart},
            {KillAsked{now}, row.kill},
            {Spawned{now}, row.spawned},
            {BecameReady{now}, row.ready},
            {TimeAsked{now, 40s}, row.more_time},
            {Unhealthy{now, "tcp 127.0.0.1:80: refused"}, row.unhealthy},
            {SpawnFailed{now, "exec ./server: No such file or directory"}, row.spawn_failed},
            {exited(now, exit_code(0)), row.exited_clean},
            {exited(now, killed_by(SIGSEGV)), row.crashed},
            {exited_leaving_rest(now, killed_by(SIGSEGV)), row.crashed_leaving_rest},
            {RestGone{now}, row.rest_gone},
            {timer_of(worker, now), row.timer},
            {hook_ended(worker, now, true), row.hook_done},
            {hook_ended(worker, now, false), row.hook_failed},
        };
        for (const auto& [event, expected] : columns) {
            INFO("event: " << cause(event));
            CHECK(outcome(worker, event) == expected);
            const auto after = next(worker, event).worker;
            const bool moved = after.state() != worker.state();
            CHECK((after.epoch > worker.epoch || !moved));
            CHECK(after.since == (moved ? now : worker.since));
        }
        CHECK(outcome(worker, TimerFired{now, worker.epoch - 1}) == "same");
        CHECK(outcome(worker, TimerFired{now, worker.epoch + 1}) == "same");
    }
}

}   // namespace talos::worker
