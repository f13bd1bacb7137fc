#include "cli/views/why_text.hpp"
#include "api/blocked_by.hpp"
#include "cli/command_line/moment.hpp"
#include "cli/views/exit_meaning.hpp"
#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "terminal/width.hpp"
#include <algorithm>

namespace talos::cli {

namespace {

std::string when(WallTime at, WallTime clock) { return local_time(at) + " (" + ago(at, clock) + ")"; }

// `stop by talosctl (pid 77, uid 0 root)`, with further details if known.
std::string command_text(const Event& command) {
    std::string out = command.cause;
    if (command.cause == "dependency") out = "start of a dependent worker";
    if (command.cause == "signal" && !command.reason.empty()) out += " " + command.reason;
    if (command.by) out += " by " + who_text(*command.by);
    return out;
}

std::string last_lines(const std::vector<std::string>& tail) {
    if (tail.empty()) return {};
    std::string out = tail.size() == 1 ? "Its last line of output:\n" : "Its last lines of output:\n";
    for (const auto& line : tail) out += "  " + terminal::harmless(line, false) + "\n";
    return out;
}

bool is_stop(const Event& event) { return event.from == "stopping"; }

struct End {
    WallTime at{};
    std::optional<ExitStatus> status;   // nullopt: the process could not be started
    Millis uptime{};
    pid_t pid = 0;
    bool stopping = false;
    std::string reason;
    bool recovered = false;   // ended by the next talosd after a crash
    const Event* event = nullptr;
};

// The last exit in the history, or in status.json if that is later or the only one.
std::optional<End> end_of(const WhyFacts& facts) {
    std::optional<End> end;
    if (facts.end) {
        const auto& event = *facts.end;
        // Restarted immediately: the line has the new process's PID.
        const pid_t pid = event.to == "starting" ? 0 : event.pid;
        end = End{event.at, std::nullopt, {}, pid, is_stop(event), event.reason, event.cause == "recovery", &event};
        if (event.exit) {
            end->at = event.exit->at;
            end->status = event.exit->status;
            end->uptime = event.exit->uptime;
        }
    }
    if (facts.now && facts.now->last_exit && (!end || facts.now->last_exit->at > end->at)) {
        const auto& exit = *facts.now->last_exit;
        end = End{exit.at, exit.status, exit.uptime, 0, false, {}, false, nullptr};
    }
    return end;
}

// talosd decided that stop: the worker did not become ready, or was unhealthy.
std::string why_stopped(const End& end) {
    const auto reason_code = end.event != nullptr ? end.event->reason_code : std::nullopt;
    const bool given_up = reason_code == state::ReasonCode::not_ready || reason_code == state::ReasonCode::unhealthy;
    return end.stopping && given_up ? end.reason : std::string{};
}

// Empty if talosd did not send the signal.
std::string sender_of(const WhyFacts& facts, const End& end) {
    if (end.event == nullptr || !end.status || end.status->signal == 0) return {};
    const auto signal = signal_name(end.status->signal);
    const auto request = facts.request
                             ? "requested by " + who_text(*facts.request->by) + " at " + when(facts.request->at, facts.clock)
                             : std::string();
    if (end.event->sent)
        return "talosd sent " + signal + " according to the stop plan" + (request.empty() ? "" : "; the stop was " + request) +
               ".";
    return request.empty() ? std::string() : "talosd sent " + signal + ", " + request + ".";
}

// A line of an older version has no reason code.
std::string reason_as_is(const Event& event) {
    return event.reason_code || event.reason.empty() ? std::string() : "Recorded reason: " + event.reason + ".\n";
}

// For a stop that no known client requested.
std::string what_began(const WhyFacts& facts, const End& end) {
    if (!end.stopping || !facts.began || facts.began->by) return {};
    const auto& reason = facts.began->reason;
    if (facts.began->cause == "reload") return "A reload restarted the worker.\n";
    if (facts.began->reason_code == state::ReasonCode::dependency_back) return "talosd restarted it because " + reason + ".\n";
    if (facts.began->reason_code == state::ReasonCode::dependency_lost) return "talosd stopped it because " + reason + ".\n";
    return facts.began->cause == "dependency" ? reason_as_is(*facts.began) : std::string();
}

std::string how(const std::string& worker, const End& end, const WhyFacts& facts) {
    const auto clock = facts.clock;
    if (end.recovered)
        return "talosd was killed or crashed during a run of " + worker + ". The next talosd ended the run at " +
               when(end.at, clock) + ".\n";
    if (!end.status) {
        return worker + " could not be started at " + when(end.at, clock) + (end.reason.empty() ? "." : ":\n  " + end.reason) +
               "\n";
    }
    std::string out =
        worker + " ended at " + when(end.at, clock) + ": " + to_text(*end.status) + ", after " + human_duration(end.uptime);
    if (end.pid != 0) out += " (pid " + std::to_string(end.pid) + ")";
    const auto sender = sender_of(facts, end);
    out += ".\n" + (sender.empty() ? meaning_of(*end.status, end.stopping) : sender) + "\n";
    if (const auto cause = why_stopped(end); !cause.empty()) out += "It was stopped because it was " + cause + ".\n";
    else if (const auto began = what_began(facts, end); !began.empty()) out += began;
    else if (end.stopping && end.event != nullptr) out += reason_as_is(*end.event);
    if (end.status->usage.max_rss_kib != 0)
        out += "Peak memory of one process: " + std::to_string((end.status->usage.max_rss_kib + 1023) / 1024) + " MiB.\n";
    return out;
}

// The next transition after the exit, from the history.
std::string answer_of(const Event& event) {
    if (event.to == "starting") return "talosd restarted it immediately.";
    if (event.to == "backoff") return "talosd delayed the restart (backoff).";
    if (event.to == "fatal") {
        // The text for a failed start already contains its reason.
        if (!event.exit || event.reason.empty()) return "It is fatal: talosd does not restart it.";
        return "It is fatal: " + event.reason + ". talosd does not restart it.";
    }
    if (event.to == "exited") return "Its restart policy does not restart it.";
    if (event.to == "stopped" && event.reason_code == state::ReasonCode::dependency)
        return "A dependency is missing: it is " + event.reason + ".";
    const bool shown_as_is = !event.reason_code && !event.reason.empty();   // see reason_as_is
    if (event.to == "stopped" && shown_as_is) return "talosd did not restart it.";
    if (event.to == "stopped") return "A stop was requested, so talosd did not restart it.";
    if (event.to == "running") return "It has completed, and counts as running until it is stopped.";
    if (event.to == "stopping" && event.reason_code == state::ReasonCode::post_stop) return "talosd then ran its postStop hook.";
    if (event.to == "stopping" && shown_as_is) return {};
    if (event.to == "stopping") return "talosd then ended its leftover processes.";
    return {};
}

std::string what_then(const WhyFacts& facts, const End& end) {
    std::string out;
    if (end.event != nullptr)
        if (const auto answer = answer_of(*end.event); !answer.empty()) out += answer + "\n";
    const auto starts = [](const Event& event) { return event.to == "starting"; };
    const bool started = std::any_of(facts.after.begin(), facts.after.end(), starts);
    for (const auto& event : facts.after) {
        if (event.from == "backoff" && event.to == "starting") {
            out += "It was started again at " + when(event.at, facts.clock) + ".\n";
            break;
        }
        if ((event.cause == "start" || event.cause == "autostart") && event.to == "starting") {
            out += event.by ? "It was started again on request of " + who_text(*event.by) + " at " : "It was started again at ";
            out += when(event.at, facts.clock) + ".\n";
            break;
        }
        if (event.to == "stopped" && !started) {
            out += "It has been stopped since " + when(event.at, facts.clock) + ".\n";
            break;
        }
    }
    return out;
}

// How to start a worker that does not start by itself, or not yet.
std::string start_hint(const WhyFacts& facts) {
    using worker::State;
    const auto& now = *facts.now;
    const std::string command = "talosctl start " + now.name;
    switch (now.state) {
    case State::backoff: {
        if (!now.next_start) return {};
        const auto left = *now.next_start - facts.clock;
        return (left > Millis{0} ? "next start in " + human_duration(left) : std::string("next start is due now")) +
               "; to start now: " + command;
    }
    case State::fatal: return "to start it again: " + command;
    case State::completed: return {};
    case State::stopped:
    case State::exited:
        if (now.state == State::stopped && !facts.end && !facts.command)
            return "to start it: " + command;   // no start has been requested yet
        return facts.blocks && !state::is_waiting(now) ? "to start it: " + command : std::string();
    case State::starting:
    case State::running:
    case State::stopping: return {};
    }
    __builtin_unreachable();
}

std::string state_now(const WhyFacts& facts) {
    if (!facts.talosd_runs) return "talosd is not running.\n";
    if (!facts.now) return {};
    const auto& now = *facts.now;
    if (state::is_waiting(now) && !now.reason.empty())
        return facts.worker + ": " + now.reason + ", since " + when(now.since, facts.clock) + ".\n";
    std::string out = facts.worker + ": " + std::string{state::shown_state(now)} + " since " + when(now.since, facts.clock);
    if (api::rests_disabled(now)) return out + "; " + api::disabled_text(now.name) + ".\n";
    if (now.disabled) out += ", although it is disabled";
    if (now.pid != 0) out += ", pid " + std::to_string(now.pid);
    const bool repeated = facts.end && facts.end->reason == now.reason;
    if (!now.reason.empty() && !repeated) out += "; " + now.reason;
    const auto hint = start_hint(facts);
    if (hint.empty()) return out + ".\n";
    // The command ends the line, so that it can be copied.
    return out + (now.state == worker::State::backoff ? ", " : "; ") + hint + "\n";
}

std::string pause_now(const WhyFacts& facts) {
    if (!facts.talosd_runs || !facts.now || !facts.now->paused) return {};
    return "It is paused: a signal has suspended its main process; `talosctl resume " + facts.worker + "` continues it.\n";
}

std::string failures_now(const WhyFacts& facts) {
    if (!facts.talosd_runs || !facts.now) return {};
    const auto& now = *facts.now;
    // While it is up, the next exit decides whether the streak continues.
    const bool in_row = now.failures != 0 && state::documented_state(now) != worker::State::running;
    std::string out;
    if (in_row) out = std::to_string(now.failures) + " in a row";
    // The counter does not include failures before talosd started.
    const bool young = facts.talosd_since && facts.clock - *facts.talosd_since < std::chrono::hours(1);
    if (now.failures_last_hour != 0)
        out += (out.empty() ? "" : ", ") + std::to_string(now.failures_last_hour) +
               (young ? " since talosd started" : " in the last hour");
    return out.empty() ? out : "Failures: " + out + ".\n";
}

std::string health_now(const WhyFacts& facts) {
    if (!facts.talosd_runs || !facts.now || !facts.now->health) return {};
    const auto& health = *facts.now->health;
    if (health.state != worker::HealthState::unhealthy) return {};
    return "It has been unhealthy since " + when(health.since, facts.clock) +
           (health.reason.empty() ? "" : ": " + health.reason) + ".\n";
}

std::string log_now(const WhyFacts& facts) {
    if (!facts.talosd_runs || !facts.now || !facts.now->log) return {};
    const auto& log = *facts.now->log;
    std::string out;
    if (!log.trouble.empty())
        out += "Writing its log has failed since " + when(log.since, facts.clock) + ": " + log.trouble + ".\n";
    if (log.dropped_bytes > 0)
        out += std::to_string(log.dropped_lines) + " lines (" + std::to_string(log.dropped_bytes) +
               " bytes) of its output were dropped since talosd started.\n";
    return out;
}

std::string last_command(const WhyFacts& facts) {
    if (!facts.command) return {};
    return "Last command: " + command_text(*facts.command) + ", " + when(facts.command->at, facts.clock) + ".\n";
}

}   // namespace

std::string waiting_text(const state::WorkerStatus& worker, WallTime clock) {
    const std::string what = worker.reason.empty() ? "waiting" : worker.reason;
    return worker.name + " is " + what + ", since " + when(worker.since, clock) + ".\n";
}

std::string why_text(const WhyFacts& facts) {
    const auto now = state_now(facts) + pause_now(facts) + failures_now(facts) + health_now(facts) + log_now(facts);
    const auto end = end_of(facts);
    if (!end) return now + "No exit of " + facts.worker + " is on record.\n" + last_command(facts);
    return now + how(facts.worker, *end, facts) + last_lines(facts.tail) + what_then(facts, *end) + last_command(facts);
}

}   // namespace talos::cli
