#include "cli/views/exit_meaning.hpp"
#include "cli/views/why_text.hpp"
#include "support/catch.hpp"
#include <csignal>
#include <cstdlib>
#include <ctime>

using namespace talos;
using namespace talos::cli;

namespace {

constexpr std::int64_t noon = 1769688000000;   // 2026-01-29 12:00:00 UTC

Event an_event(std::int64_t at, const char* from, const char* to, const char* cause) {
    Event event;
    event.at = wall_from_ms(at);
    event.worker = "web";
    event.from = from;
    event.to = to;
    event.cause = cause;
    return event;
}

Event an_exit(const char* from, const char* to, int code, int signal) {
    auto event = an_event(noon - 120'000, from, to, "exit");
    event.pid = 4243;
    event.exit = EventExit{{code, signal, false, {}}, wall_from_ms(noon - 120'000), Millis{60'000}};
    return event;
}

WhyFacts facts_with(std::optional<Event> end) {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    WhyFacts facts;
    facts.worker = "web";
    facts.end = std::move(end);
    facts.clock = wall_from_ms(noon);
    return facts;
}

bool contains(const std::string& text, const std::string& part) {
    CAPTURE(text, part);
    const bool found = text.find(part) != std::string::npos;
    CHECK(found);
    return found;
}

}   // namespace

TEST_CASE("why: a memory fault, restarted after a wait, told from begin to now") {
    auto facts = facts_with(an_exit("running", "backoff", 0, SIGSEGV));
    facts.after = {an_event(noon - 119'000, "backoff", "starting", "timer"),
                   an_event(noon - 118'000, "starting", "running", "timer")};
    facts.talosd_runs = true;
    facts.now = state::WorkerStatus{};
    facts.now->name = "web";
    facts.now->state = worker::State::running;
    facts.now->pid = 4300;
    facts.now->since = wall_from_ms(noon - 118'000);
    facts.command = an_event(noon - 3'600'000, "stopped", "starting", "start");
    CHECK(why_text(facts) == "web: running since 2026-01-29 11:58:02 (1m 58s ago), pid 4300.\n"
                             "web ended at 2026-01-29 11:58:00 (2m ago): SIGSEGV, after 1m (pid 4243).\n"
                             "The kernel sends SIGSEGV after an access to an invalid memory address: usually a bug in the "
                             "program. "
                             "It is unknown whether another process sent it instead.\n"
                             "talosd delayed the restart (backoff).\n"
                             "It was started again at 2026-01-29 11:58:01 (1m 59s ago).\n"
                             "Last command: start, 2026-01-29 11:00:00 (1h ago).\n");
}

TEST_CASE("why: nobody claims to know who sent a SIGKILL") {
    contains(meaning_of({0, SIGKILL, false, {}}, false), "its sender is unknown");
    contains(meaning_of({0, SIGKILL, false, {}}, true), "the sender of this one is unknown");
    contains(meaning_of({0, SIGTERM, false, {}}, false), "the sender is unknown");
}

TEST_CASE("why: the codes of shells are explained, other codes are the program's") {
    contains(meaning_of({126, 0, false, {}}, false), "could not be executed");
    contains(meaning_of({127, 0, false, {}}, false), "not found");
    contains(meaning_of({143, 0, false, {}}, false), "SIGTERM");
    contains(meaning_of({3, 0, false, {}}, false), "depends on the program");
    contains(meaning_of({0, 0, false, {}}, false), "success");
}

TEST_CASE("why: an exit after a stop request is explained by the request") {
    const auto text = why_text(facts_with(an_exit("stopping", "stopped", 0, SIGTERM)));
    contains(text, "talosd was stopping the worker");
    contains(text, "A stop was requested");
    contains(text, "talosd is not running.\n");
}

TEST_CASE("why: a signal that talosd sent has a sender, one that it did not send is unknown") {
    auto facts = facts_with(an_exit("running", "backoff", 0, SIGQUIT));
    contains(why_text(facts), "the sender is unknown");
    facts.request = an_event(noon - 121'000, "", "", "signal");
    facts.request->by = state::Requester{0, 0, 77, "talosctl"};
    const auto text = why_text(facts);
    contains(text, "talosd sent SIGQUIT, requested by talosctl (pid 77, uid 0 root) at 2026-01-29 11:57:59 (2m 1s ago).\n");
    CHECK(text.find("unknown") == std::string::npos);

    auto end = an_exit("stopping", "stopped", 0, SIGKILL);
    end.sent = true;
    facts = facts_with(end);
    contains(why_text(facts), "talosd sent SIGKILL according to the stop plan.\n");
    CHECK(why_text(facts).find("unknown") == std::string::npos);
    facts.request = an_event(noon - 121'000, "", "", "stop");
    facts.request->by = state::Requester{0, 0, 77, "talosctl"};
    contains(why_text(facts),
             "talosd sent SIGKILL according to the stop plan; the stop was requested by talosctl (pid 77, uid 0 root) at 2026");
}

TEST_CASE("why: giving up names the reason") {
    auto end = an_exit("starting", "fatal", 1, 0);
    end.reason = "failed 3 times within 1m: exit code 1";
    contains(why_text(facts_with(end)), "It is fatal: failed 3 times within 1m: exit code 1. talosd does not restart it.");
}

TEST_CASE("why: a failed start that reached the limit tells its reason once") {
    auto end = an_event(noon - 1'500, "starting", "fatal", "limit");
    end.reason = "2 failures within 1m, the last one: exec ./server: No such file or directory";
    auto facts = facts_with(end);
    facts.talosd_runs = true;
    facts.now = state::WorkerStatus{};
    facts.now->name = "web";
    facts.now->state = worker::State::fatal;
    facts.now->since = end.at;
    facts.now->reason = end.reason;
    CHECK(why_text(facts) == "web: fatal since 2026-01-29 11:59:58 (1s ago); to start it again: talosctl start web\n"
                             "web could not be started at 2026-01-29 11:59:58 (1s ago):\n"
                             "  2 failures within 1m, the last one: exec ./server: No such file or directory\n"
                             "It is fatal: talosd does not restart it.\n");
}

TEST_CASE("why: a start that failed names step and path") {
    auto end = an_event(noon - 1'500, "starting", "backoff", "spawn-error");
    end.reason = "exec ./server: No such file or directory";
    contains(why_text(facts_with(end)),
             "could not be started at 2026-01-29 11:59:58 (1s ago):\n  exec ./server: No such file or directory\n");
}

TEST_CASE("why: a worker that never ended is said to have not") {
    contains(why_text(facts_with(std::nullopt)), "No exit of web is on record.\n");
}

TEST_CASE("why: without a history the status document's last exit counts") {
    auto facts = facts_with(std::nullopt);
    facts.now = state::WorkerStatus{};
    facts.now->name = "web";
    facts.now->last_exit = worker::LastExit{{3, 0, false, {}}, wall_from_ms(noon - 60'000), Millis{1'000}};
    contains(why_text(facts), "web ended at 2026-01-29 11:59:00 (1m ago): exit code 3, after 1s.\n");
}

TEST_CASE("why: memory in use is told when it was counted") {
    auto end = an_exit("running", "backoff", 0, SIGKILL);
    end.exit->status.usage.max_rss_kib = 512 * 1024;
    contains(why_text(facts_with(end)), "Peak memory of one process: 512 MiB.\n");
}

TEST_CASE("why: whoever asked is named as far as the kernel said who it was") {
    auto facts = facts_with(an_exit("stopping", "stopped", 0, SIGTERM));
    facts.command = an_event(noon - 121'000, "running", "stopping", "stop");
    facts.command->by = state::Requester{4294967290u, 0, 77, "talosctl"};
    contains(why_text(facts), "Last command: stop by talosctl (pid 77, uid 4294967290), 2026-01-29 11:57:59 (2m 1s ago).\n");
    facts.command->by = state::Requester{0, 0, 0, ""};
    contains(why_text(facts), "stop by unknown program (in another PID namespace, uid 0 root)");
    facts.command->cause = "signal";
    facts.command->reason = "SIGHUP";
    contains(why_text(facts), "Last command: signal SIGHUP by unknown program");
}

TEST_CASE("why: the last lines that the worker wrote stand with its end, made harmless") {
    auto facts = facts_with(an_exit("running", "backoff", 1, 0));
    facts.tail = {"loading", "\x1b[2Jno such table"};
    contains(why_text(facts), "Its last lines of output:\n  loading\n  no such table\ntalosd delayed the restart (backoff).\n");
}

TEST_CASE("why: an autostart names no client") {
    auto facts = facts_with(an_exit("running", "exited", 0, 0));
    facts.after = {an_event(noon - 60'000, "exited", "starting", "autostart")};
    const auto text = why_text(facts);
    contains(text, "It was started again at 2026-01-29 11:59:00 (1m ago).");
    CHECK(text.find("on request") == std::string::npos);
    CHECK(text.find("Last command") == std::string::npos);
}

TEST_CASE("why: an end that was followed by a start at once does not name the new process's PID as the old one's") {
    CHECK(why_text(facts_with(an_exit("running", "starting", 1, 0))).find("pid 4243") == std::string::npos);
}

TEST_CASE("why: a log that cannot be written is told, and what was dropped of it") {
    auto facts = facts_with(std::nullopt);
    facts.talosd_runs = true;
    facts.now = state::WorkerStatus{};
    facts.now->name = "web";
    facts.now->log = state::LogStatus{"write /srv/web.log: No space left on device", wall_from_ms(noon - 60'000), 7, 700};
    contains(why_text(facts), "Writing its log has failed since ");
    contains(why_text(facts), "(1m ago): write /srv/web.log: No space left on device.\n");
    contains(why_text(facts), "7 lines (700 bytes) of its output were dropped since talosd started.\n");
    facts.now->log->trouble.clear();
    CHECK(why_text(facts).find("Writing its log") == std::string::npos);
    contains(why_text(facts), "7 lines");
}

TEST_CASE("why: a worker that was stopped because it did not become ready, and what talosd did then") {
    auto unready = an_exit("stopping", "backoff", 0, SIGTERM);
    unready.reason = "not ready within 10s (notify)";
    unready.reason_code = state::ReasonCode::not_ready;
    const auto text = why_text(facts_with(unready));
    contains(text, "web ended at 2026-01-29 11:58:00 (2m ago): SIGTERM, after 1m (pid 4243).\n");
    contains(text, "It was stopped because it was not ready within 10s (notify).\n");
    contains(text, "talosd delayed the restart (backoff).\n");
    auto fatal = an_exit("stopping", "fatal", 0, SIGTERM);
    fatal.reason = "3 failures within 1m, the last one: not ready within 10s (notify)";
    fatal.reason_code = state::ReasonCode::limit;
    contains(why_text(facts_with(fatal)),
             "It is fatal: 3 failures within 1m, the last one: not ready within 10s (notify). talosd does not restart it.\n");
}

TEST_CASE("why: a line of an older version does not say of which kind its reason is, and its words are shown as they are") {
    auto unready = an_exit("stopping", "backoff", 0, SIGTERM);
    unready.reason = "not ready within 10s (notify)";
    contains(why_text(facts_with(unready)),
             "Recorded reason: not ready within 10s (notify).\ntalosd delayed the restart (backoff).\n");
    auto held_back = an_exit("stopping", "stopped", 0, SIGTERM);
    held_back.reason = "waiting for db to be ready";
    contains(why_text(facts_with(held_back)), "Recorded reason: waiting for db to be ready.\ntalosd did not restart it.\n");
    held_back.reason_code = state::ReasonCode::dependency;
    contains(why_text(facts_with(held_back)), "A dependency is missing: it is waiting for db to be ready.");
    auto cleaning = an_exit("stopping", "stopping", 0, SIGTERM);
    cleaning.reason = "waiting for postStop to end";
    contains(why_text(facts_with(cleaning)), "Recorded reason: waiting for postStop to end.\n");
    cleaning.reason_code = state::ReasonCode::post_stop;
    contains(why_text(facts_with(cleaning)), "talosd then ran its postStop hook.");
    auto facts = facts_with(an_exit("stopping", "starting", 0, SIGTERM));
    facts.began = Event{};
    facts.began->cause = "dependency";
    facts.began->reason = "db is ready again";
    contains(why_text(facts), "Recorded reason: db is ready again.\n");
}

TEST_CASE("why: a worker that was stopped because it was unhealthy, and one that is only marked") {
    auto ended = an_exit("stopping", "backoff", 0, SIGTERM);
    ended.reason = "unhealthy: http http://127.0.0.1/: it answers 500 instead of 200 (3 times in a row)";
    ended.reason_code = state::ReasonCode::unhealthy;
    contains(
        why_text(facts_with(ended)),
        "It was stopped because it was unhealthy: http http://127.0.0.1/: it answers 500 instead of 200 (3 times in a row).\n");
    auto facts = facts_with(ended);
    facts.talosd_runs = true;
    facts.now = state::WorkerStatus{};
    facts.now->name = "web";
    facts.now->state = worker::State::running;
    facts.now->since = wall_from_ms(noon - 118'000);
    facts.now->health =
        state::HealthStatus{worker::HealthState::unhealthy, wall_from_ms(noon - 60'000), 3, "exec check: check: exit code 1"};
    contains(why_text(facts), "It has been unhealthy since 2026-01-29 11:59:00 (1m ago): exec check: check: exit code 1.\n");
}

TEST_CASE("why: a worker in backoff says how often it failed, when it starts, and how to start it now") {
    auto facts = facts_with(an_exit("running", "backoff", 1, 0));
    facts.talosd_runs = true;
    facts.now = state::WorkerStatus{};
    facts.now->name = "web";
    facts.now->state = worker::State::backoff;
    facts.now->goal = worker::Goal::up;
    facts.now->since = wall_from_ms(noon - 1'000);
    facts.now->next_start = wall_from_ms(noon + 17'000);
    facts.now->failures = 3;
    facts.now->failures_last_hour = 12;
    const auto text = why_text(facts);
    contains(text, "Failures: 3 in a row, 12 in the last hour.\n");
    contains(text, "web: backoff since 2026-01-29 11:59:59 (1s ago), next start in 17s; to start now: talosctl start web\n");
    facts.now->state = worker::State::fatal;
    facts.now->next_start.reset();
    contains(why_text(facts), "web: fatal since 2026-01-29 11:59:59 (1s ago); to start it again: talosctl start web\n");
    facts.now->state = worker::State::running;
    contains(why_text(facts), "Failures: 12 in the last hour.\n");
    facts.talosd_since = wall_from_ms(noon - 2 * 3'600'000);
    contains(why_text(facts), "Failures: 12 in the last hour.\n");
    facts.talosd_since = wall_from_ms(noon - 600'000);   // what failed before that, it did not count
    contains(why_text(facts), "Failures: 12 since talosd started.\n");
}

TEST_CASE("why: a worker that talosd stopped or restarted for its dependency says so") {
    auto facts = facts_with(an_exit("stopping", "starting", 0, SIGTERM));
    facts.began = Event{};
    facts.began->cause = "dependency";
    facts.began->reason = "db is ready again";
    facts.began->reason_code = state::ReasonCode::dependency_back;
    contains(why_text(facts), "talosd restarted it because db is ready again.\n");
    facts.began->reason = "db is no longer ready";
    facts.began->reason_code = state::ReasonCode::dependency_lost;
    contains(why_text(facts), "talosd stopped it because db is no longer ready.\n");
    facts.began->cause = "reload";
    contains(why_text(facts), "A reload restarted the worker.\n");
    facts.began->by = state::Requester{};
    CHECK(why_text(facts).find("A reload restarted the worker.") == std::string::npos);   // the last command says more
}

TEST_CASE("why: a worker that waits says for what, one that others wait for says how it is started") {
    auto facts = facts_with(std::nullopt);
    facts.talosd_runs = true;
    facts.now = state::WorkerStatus{};
    facts.now->name = "web";
    facts.now->goal = worker::Goal::up;
    facts.now->since = wall_from_ms(noon - 4'000);
    facts.now->reason = "waiting for m (fatal) to complete";
    contains(why_text(facts), "web: waiting for m (fatal) to complete, since 2026-01-29 11:59:56 (4s ago).\n");
    CHECK(waiting_text(*facts.now, facts.clock) ==
          "web is waiting for m (fatal) to complete, since 2026-01-29 11:59:56 (4s ago).\n");
    facts.now->goal = worker::Goal::down;
    facts.now->reason.clear();
    contains(why_text(facts),
             "web: stopped since 2026-01-29 11:59:56 (4s ago); to start it: talosctl start web\n");   // never asked for
    facts.command = an_event(noon - 4'000, "running", "stopping", "stop");
    contains(why_text(facts), "web: stopped since 2026-01-29 11:59:56 (4s ago).\n");
    facts.blocks = true;
    contains(why_text(facts), "web: stopped since 2026-01-29 11:59:56 (4s ago); to start it: talosctl start web\n");
}

TEST_CASE("why: a run that lost its talosd is told as such") {
    auto facts = facts_with(std::nullopt);
    auto end = an_event(noon - 5'000, "", "", "recovery");
    end.reason = "web: 1 process of the last run ended";
    facts.end = end;
    contains(
        why_text(facts),
        "talosd was killed or crashed during a run of web. The next talosd ended the run at 2026-01-29 11:59:55 (5s ago).\n");
}

TEST_CASE("why: what followed a stop and a start is told by the start") {
    auto facts = facts_with(an_exit("stopping", "stopping", 0, SIGTERM));
    facts.after = {an_event(noon - 119'000, "stopping", "stopped", "gone"),
                   an_event(noon - 60'000, "stopped", "starting", "start")};
    const auto text = why_text(facts);
    CHECK(text.find("It has been stopped since") == std::string::npos);
    contains(text, "It was started again at 2026-01-29 11:59:00");
}

TEST_CASE("why: that a worker is paused or disabled, and what changes that") {
    auto facts = facts_with(std::nullopt);
    facts.talosd_runs = true;
    facts.now.emplace();
    facts.now->name = "web";
    facts.now->state = worker::State::running;
    facts.now->goal = worker::Goal::up;
    facts.now->pid = 4300;
    facts.now->since = wall_from_ms(noon - 60'000);
    facts.now->paused = true;
    contains(why_text(facts), "web: running since 2026-01-29 11:59:00 (1m ago), pid 4300.\n"
                              "It is paused: a signal has suspended its main process; `talosctl resume web` continues it.\n");
    facts.now->paused = false;
    facts.now->disabled = true;
    contains(why_text(facts), "web: running since 2026-01-29 11:59:00 (1m ago), although it is disabled, pid 4300.\n");
    facts.now->state = worker::State::stopped;
    facts.now->goal = worker::Goal::down;
    facts.now->pid = 0;
    contains(why_text(facts), "web: stopped since 2026-01-29 11:59:00 (1m ago); web is disabled; `talosctl enable web` enables "
                              "it, `talosctl start web` starts it.\n");
}
