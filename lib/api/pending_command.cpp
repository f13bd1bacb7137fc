#include "api/pending_command.hpp"
#include "api/blocked_by.hpp"
#include "core/duration.hpp"
#include <chrono>

namespace talos::api {
namespace {

using What = Outcome::What;
using worker::Goal;
using worker::State;

/// A duration with a space between number and unit, rounded up to whole seconds so that a countdown ends with 1: `350 ms`, `12
/// s`, `2 min 5 s`, `1 h 30 min`.
std::string spelled(Millis left) {
    using namespace std::chrono;
    if (left < seconds{1}) return std::to_string(left.count()) + " ms";
    const auto whole = ceil<seconds>(left);
    if (whole < minutes{1}) return std::to_string(whole.count()) + " s";
    const bool long_wait = whole >= hours{1};
    const auto large = long_wait ? whole / hours{1} : whole / minutes{1};
    const auto small = long_wait ? (whole % hours{1}) / minutes{1} : (whole % minutes{1}) / seconds{1};
    std::string text = std::to_string(large) + (long_wait ? " h" : " min");
    if (small > 0) text.append(1, ' ').append(std::to_string(small)).append(long_wait ? " min" : " s");
    return text;
}

Outcome outcome(What what, const WorkerView& now, std::string reason = {}) {
    return {what, std::string(worker::to_text(state::documented_state(now.status))), now.status.pid, std::move(reason)};
}

std::string stopping(const WorkerView& now, WallTime clock) {
    if (!now.kill_at) return "stopping";
    if (*now.kill_at <= clock) return "stopping, SIGKILL was sent";
    return "stopping, SIGKILL in " + spelled(*now.kill_at - clock);
}

/// How the last run ended, or why it could not start.
std::string ending(const state::WorkerStatus& status) {
    if (!status.reason.empty()) return status.reason;
    if (status.last_exit) return "it ended with " + to_text(status.last_exit->status);
    return "it ended";
}

std::string waiting(const WorkerView& now, WallTime clock) {
    std::string text = ending(now.status);
    if (!now.status.next_start) return text;
    const Millis left = *now.status.next_start - clock;
    return text + (left.count() > 0 ? ", next start in " + spelled(left) : std::string(", next start is due now"));
}

/// A restart has the same target as a start.
bool wants_up(Verb verb) { return verb != Verb::stop && verb != Verb::disable; }

std::string asked_for(Verb verb) { return "a later " + std::string(to_text(verb)) + " replaced this command"; }

std::string held_back(const WorkerView& now) {
    std::string text = now.status.reason.empty() ? "waiting to be started" : now.status.reason;
    return now.disabled_cause.empty() ? text : text + ": " + api::disabled_text(now.disabled_cause);
}

Outcome judge_up(const PendingCommand& command, const WorkerView& now, WallTime clock) {
    const bool again = now.attempts > command.attempts;         // the run began after the command
    const bool counts = command.verb == Verb::start || again;   // start accepts a run that exists already
    // True without a pending command on this worker if talosd as a whole is stopping.
    const bool down = now.status.goal == Goal::down;
    switch (state::documented_state(now.status)) {
    case State::running:
        if (counts) return outcome(What::reached, now);
        return down ? outcome(What::failed, now, "a stop is pending") : outcome(What::pending, now, "running, restart pending");
    case State::starting: return down ? outcome(What::failed, now, "a stop is pending") : outcome(What::pending, now, "starting");
    case State::stopping:
        return down ? outcome(What::failed, now, "it is being stopped") : outcome(What::pending, now, stopping(now, clock));
    case State::stopped:
        if (down) return outcome(What::failed, now, "it was stopped");
        return outcome(now.in_vain ? What::failed : What::pending, now, held_back(now));
    case State::backoff: return outcome(again ? What::failed : What::pending, now, waiting(now, clock));
    case State::exited:
    case State::completed:
        if (counts && state::ended_well(now.status)) return outcome(What::reached, now);
        return outcome(What::failed, now, ending(now.status));
    case State::fatal: return outcome(What::failed, now, ending(now.status));
    }
    __builtin_unreachable();
}

/// Commands run one at a time, so a reload that has ended since the request is this one.
Outcome judge_reload(const PendingCommand& command, const WorkerView& now) {
    if (now.reloads > command.reloads)
        return now.reload_failure.empty() ? outcome(What::reached, now) : outcome(What::failed, now, now.reload_failure);
    if (now.status.state != State::running) return outcome(What::failed, now, "it did not stay up");
    return outcome(What::pending, now, now.status.paused ? "reloading while paused" : "reloading");
}

Outcome judge_down(const WorkerView& now, WallTime clock) {
    if (now.status.goal == Goal::up) return outcome(What::failed, now, "it was started again");
    switch (state::documented_state(now.status)) {
    case State::stopped:
    case State::exited:
    case State::completed:
    case State::fatal: return outcome(What::reached, now);   // with leftover processes the state would be stopping
    case State::stopping: return outcome(What::pending, now, stopping(now, clock));
    case State::starting:
    case State::running:
    case State::backoff: return outcome(What::pending, now, "stop pending");
    }
    __builtin_unreachable();
}

}   // namespace

std::string_view to_text(Verb verb) {
    switch (verb) {
    case Verb::start: return "start";
    case Verb::stop: return "stop";
    case Verb::restart: return "restart";
    case Verb::disable: return "disable";
    case Verb::reload: return "reload";
    }
    __builtin_unreachable();
}

std::string_view to_text(Operation operation) {
    switch (operation) {
    case Operation::reset: return "reset";
    case Operation::pause: return "pause";
    case Operation::resume: return "resume";
    case Operation::rotate: return "rotate";
    case Operation::enable: return "enable";
    }
    __builtin_unreachable();
}

Outcome judge(const PendingCommand& command, const WorkerView* now, WallTime clock) {
    const bool up = wants_up(command.verb);
    if (!command.skipped.empty() && now != nullptr) return outcome(What::reached, *now, command.skipped);
    if (now == nullptr) {
        if (up) return {What::failed, "removed", 0, "it was removed"};
        return {What::reached, "removed", 0, {}};
    }
    if (now->command_number > command.number && wants_up(now->verb) != up)
        return outcome(What::failed, *now, asked_for(now->verb));
    if (up && now->leaving) return outcome(What::failed, *now, "it was removed");
    if (command.verb == Verb::reload) return judge_reload(command, *now);
    if (up) return judge_up(command, *now, clock);
    auto down = judge_down(*now, clock);
    // A client that reads "down" must not find the worker in the status afterwards.
    if (down.what == What::reached && now->leaving) return outcome(What::pending, *now, "removal pending");
    return down;
}

}   // namespace talos::api
