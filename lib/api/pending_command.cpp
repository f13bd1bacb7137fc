#include "api/pending_command.hpp"
#include "api/blocked_by.hpp"
#include "core/duration.hpp"
#include <chrono>

namespace talos::api {
namespace {

using What = Outcome::What;
using worker::Goal;
using worker::State;

/// The number and its unit apart, seconds rounded up, so that a countdown ends with 1: `350 ms`, `12 s`, `2 min 5 s`, `1 h 30 min`.
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

/// How the last run ended, or why it could not begin.
std::string ending(const state::WorkerStatus& status) {
    if (!status.reason.empty()) return status.reason;
    if (status.last_exit) return "it ended with " + to_text(status.last_exit->status);
    return "it ended";
}

std::string waiting(const WorkerView& now, WallTime clock) {
    std::string text = ending(now.status);
    if (!now.status.next_start) return text;
    const Millis left = *now.status.next_start - clock;
    return text + (left.count() > 0 ? ", next start in " + spelled(left) : std::string(", next start now"));
}

/// A restart leads to the same end as a start.
bool wants_up(Verb verb) { return verb != Verb::stop && verb != Verb::disable; }

std::string asked_for(Verb verb) { return "a later " + std::string(to_text(verb)) + " was asked for"; }

std::string held_back(const WorkerView& now) {
    std::string text = now.status.reason.empty() ? "waiting to be started" : now.status.reason;
    return now.disabled_cause.empty() ? text : text + ": " + api::disabled_text(now.disabled_cause);
}

Outcome judge_up(const PendingCommand& wish, const WorkerView& now, WallTime clock) {
    const bool again = now.attempts > wish.attempts;         // a run that came after the wish
    const bool counts = wish.verb == Verb::start || again;   // a start is content with the run it finds
    const bool down = now.status.goal == Goal::down;         // without a wish on this worker: talosd as a whole stops
    switch (state::documented_state(now.status)) {
    case State::running:
        if (counts) return outcome(What::reached, now);
        return down ? outcome(What::failed, now, "it is to be stopped") : outcome(What::pending, now, "running, to be restarted");
    case State::starting:
        return down ? outcome(What::failed, now, "it is to be stopped") : outcome(What::pending, now, "starting");
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

/// One at a time: what has ended since it was asked for is this one.
Outcome judge_reload(const PendingCommand& wish, const WorkerView& now) {
    if (now.reloads > wish.reloads)
        return now.reload_failure.empty() ? outcome(What::reached, now) : outcome(What::failed, now, now.reload_failure);
    if (now.status.state != State::running) return outcome(What::failed, now, "it did not stay up");
    return outcome(What::pending, now, now.status.paused ? "reloading, and paused" : "reloading");
}

Outcome judge_down(const WorkerView& now, WallTime clock) {
    if (now.status.goal == Goal::up) return outcome(What::failed, now, "it is to be up again");
    switch (state::documented_state(now.status)) {
    case State::stopped:
    case State::exited:
    case State::completed:
    case State::fatal: return outcome(What::reached, now);   // what is left of a tree would have made it stopping
    case State::stopping: return outcome(What::pending, now, stopping(now, clock));
    case State::starting:
    case State::running:
    case State::backoff: return outcome(What::pending, now, "to be stopped");
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

std::string_view to_text(Deed deed) {
    switch (deed) {
    case Deed::reset: return "reset";
    case Deed::pause: return "pause";
    case Deed::resume: return "resume";
    case Deed::rotate: return "rotate";
    case Deed::enable: return "enable";
    }
    __builtin_unreachable();
}

Outcome judge(const PendingCommand& wish, const WorkerView* now, WallTime clock) {
    const bool up = wants_up(wish.verb);
    if (!wish.skipped.empty() && now != nullptr) return outcome(What::reached, *now, wish.skipped);
    if (now == nullptr) {
        if (up) return {What::failed, "removed", 0, "it was removed"};
        return {What::reached, "removed", 0, {}};
    }
    if (now->wish > wish.number && wants_up(now->verb) != up) return outcome(What::failed, *now, asked_for(now->verb));
    if (up && now->leaving) return outcome(What::failed, *now, "it was removed");
    if (wish.verb == Verb::reload) return judge_reload(wish, *now);
    if (up) return judge_up(wish, *now, clock);
    auto down = judge_down(*now, clock);
    // A client that reads "down" must not find the worker in the status afterwards.
    if (down.what == What::reached && now->leaving) return outcome(What::pending, *now, "to be removed");
    return down;
}

}   // namespace talos::api
