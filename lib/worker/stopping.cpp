#include "worker/stopping.hpp"

#include "config/model/ready_text.hpp"
#include "core/duration.hpp"
#include "worker/failing.hpp"
#include "worker/hooks.hpp"
#include "worker/moves.hpp"
#include "worker/starting.hpp"
#include "worker/stop_plan.hpp"
#include <algorithm>
#include <csignal>
#include <utility>

namespace talos::worker {

using config::Hook;

namespace {

/// Signals what there is of the tree with the current step's signal.
Action signal_tree(const Worker& worker) {
    const int signal = stop_signal(*worker.spec, worker.stop_step);
    if (worker.main_alive) return SignalMain{signal};
    if (worker.hook == Hook::pre_start && !worker.rest_alive)
        return SignalHook{signal};   // in the place of the main that it precedes
    return SignalRest{signal};
}

/// Stopped by its plan, which will count as a failure.
Transition end_given_up(Worker worker, Stamp at, std::string reason) {
    const bool busy = worker.hook != Hook::none;
    auto stopping = with_reason(begin_stop(std::move(worker), at), std::move(reason));
    if (busy) stopping.actions.emplace_back(SignalHook{SIGKILL});
    stopping.worker.given_up = true;
    return stopping;
}

/// The same, after the workers that depend on it.
Transition give_up(Worker worker, Stamp at, std::string reason) {
    if (!worker.needed && !worker.deferred) return end_given_up(std::move(worker), at, std::move(reason));
    worker.deferred = true;
    worker.given_up = true;
    worker.reason = std::move(reason);
    ++worker.epoch;   // no time to become ready runs any more
    return stay(std::move(worker));
}

bool anything_left(const Worker& worker) { return worker.main_alive || worker.rest_alive || worker.hook != Hook::none; }

/// It goes down, and a notice runs. One that is to come up again does not wait.
bool waits_for_notice(const Worker& worker) { return worker.goal == Goal::down && worker.notice != Hook::none; }

/// Nothing is signalled before preStop has ended.
Transition begin_plan(Worker worker) {
    worker.plan_waits = false;
    if (!worker.given_up) worker.reason.clear();
    ++worker.epoch;
    return do_step(std::move(worker));
}

/// What somebody asked for, while main is alive. Two hooks do not run at a time: postStart is ended first.
Transition begin_asked_stop(Worker worker, Stamp at) {
    const bool busy = worker.hook != Hook::none;
    if (config::find_hook(*worker.spec, Hook::pre_stop) == nullptr) {
        auto stopping = begin_stop(std::move(worker), at);
        if (busy) stopping.actions.emplace_back(SignalHook{SIGKILL});
        return stopping;
    }
    auto stopping = enter(State::stopping, std::move(worker), at);
    stopping.worker.plan_waits = true;
    stopping.actions = busy ? Actions{SignalHook{SIGKILL}} : run_hook(stopping.worker, Hook::pre_stop);
    stopping.worker.reason = waiting_text(stopping.worker);
    return stopping;
}

/// Asked again, it only repeats the SIGKILL.
Transition begin_kill(Worker worker, Stamp at) {
    if (worker.state != State::stopping) worker = enter(State::stopping, std::move(worker), at).worker;
    const auto last = static_cast<std::uint16_t>(worker.spec->stop.size());
    if (worker.stop_step < last) ++worker.epoch;   // the wait of the step that is cut short is late from here on
    worker.stop_step = last;
    worker.plan_waits = false;
    const bool busy = worker.hook != Hook::none;
    if (busy && !worker.main_alive && !worker.rest_alive) return stay(std::move(worker), {SignalHook{SIGKILL}});
    auto killed = do_step(std::move(worker));
    if (busy) killed.actions.emplace_back(SignalHook{SIGKILL});
    return killed;
}

/// No process of a run is left, but perhaps a hook.
Transition come_down(Worker worker, Stamp at, Patience patience) {
    const bool done = !worker.rest_alive && worker.hook == Hook::none && !owes_post_stop(worker);
    if (done && !waits_for_notice(worker)) return finish_stop(std::move(worker), at);
    if (worker.rest_alive || patience == Patience::none)
        return begin_kill(std::move(worker), at);   // these were being killed already
    const bool useless = worker.hook == Hook::post_start || worker.hook == Hook::reload;
    auto stopping = enter(State::stopping, std::move(worker), at);
    if (stopping.worker.hook == Hook::none) return finish_stop(std::move(stopping.worker), at);
    if (useless) stopping.actions.emplace_back(SignalHook{SIGKILL});
    stopping.worker.reason = waiting_text(stopping.worker);
    return stopping;
}

bool is_up(const Worker& worker) {
    return worker.main_alive && (worker.state == State::starting || worker.state == State::running);
}

/// A oneshot that has ended and remains up.
bool is_done(const Worker& worker) { return worker.state == State::running && !worker.main_alive; }

}   // namespace

Transition do_step(Worker worker) {
    Actions actions;
    actions.reserve(2);
    actions.push_back(signal_tree(worker));
    if (worker.stop_step < worker.spec->stop.size()) actions.push_back(ArmTimer{worker.spec->stop[worker.stop_step].wait});
    return stay(std::move(worker), std::move(actions));
}

Transition signal_again(Worker worker) {
    const Action signal = signal_tree(worker);
    return stay(std::move(worker), {signal});
}

Transition next_step(Worker worker) {
    const bool for_nobody = !worker.main_alive && !worker.rest_alive && worker.hook != Hook::pre_start;
    if (worker.plan_waits || for_nobody || worker.stop_step >= worker.spec->stop.size()) return stay(std::move(worker));
    ++worker.stop_step;
    ++worker.epoch;
    return do_step(std::move(worker));
}

Transition on_exit_in_stopping(Worker worker, Stamp at) {
    const bool busy = worker.hook != Hook::none;   // preStop is for a main that lives
    if (!worker.rest_alive && !busy) return finish_stop(std::move(worker), at);
    const bool held = worker.plan_waits;
    worker.plan_waits = false;
    if (!worker.rest_alive) return stay(std::move(worker), {SignalHook{SIGKILL}});
    auto left = held ? begin_plan(std::move(worker)) : signal_again(std::move(worker));
    if (busy) left.actions.emplace_back(SignalHook{SIGKILL});
    return left;
}

Transition go_on_stopping(Worker worker, Stamp at) {
    if (worker.plan_waits && worker.hook == Hook::none) return begin_plan(std::move(worker));
    if (anything_left(worker)) return stay(std::move(worker));
    return finish_stop(std::move(worker), at);
}

Transition begin_stop(Worker worker, Stamp at) { return do_step(enter(State::stopping, std::move(worker), at).worker); }

Transition on_unhealthy(Worker worker, const Unhealthy& event) {
    if (worker.state != State::running || !worker.main_alive) return stay(std::move(worker));
    // Earlier failures do not count against one that was up for long, as at an exit.
    if (worker.spawned && elapsed(worker.spawned->steady, event.at.steady) >= worker.spec->restart.reset_after)
        worker.failures = 0;
    return give_up(std::move(worker), event.at, "unhealthy: " + event.reason);
}

Transition give_up_start(Worker worker, const config::ReadySpec& ready, Stamp at) {
    const auto waited = worker.spawned ? elapsed(worker.spawned->steady, at.steady) : ready.timeout;
    const auto shown =
        std::max<Millis>(ready.timeout, std::chrono::floor<std::chrono::seconds>(waited));   // it may have asked for more time
    std::string reason = "not ready within " + format_duration(shown) + " (" + config::to_text(ready) + ")";
    if (const auto failure = last_probe_failure(worker); !failure.empty()) reason.append(": ").append(failure);
    worker.result = RunResult::timeout;
    return give_up(std::move(worker), at, std::move(reason));
}

Transition finish_stop(Worker worker, Stamp at) {
    if (auto actions = follow_run(worker); !actions.empty()) {
        ++worker.epoch;   // no step of the plan is to come
        if (!worker.given_up) worker.reason = waiting_text(worker);
        return stay(std::move(worker), std::move(actions));
    }
    if (waits_for_notice(worker)) {
        ++worker.epoch;
        worker.reason = waiting_text(worker);
        return stay(std::move(worker));
    }
    if (worker.goal == Goal::down) return enter(State::stopped, std::move(worker), at);
    if (worker.given_up) return after_given_up(std::move(worker), at);
    forget_failures(worker);
    return begin_start(std::move(worker), at, Start::asked);
}

Transition on_stop_asked(Worker worker, Stamp at, Patience patience) {
    worker.goal = Goal::down;
    if (patience == Patience::none) worker.ran = false;   // nor for postStop
    switch (worker.state) {
    case State::starting:
    case State::running:
        if (worker.main_alive && patience == Patience::none) return begin_kill(std::move(worker), at);
        if (worker.main_alive) return begin_asked_stop(std::move(worker), at);
        if (worker.hook == Hook::pre_start && patience == Patience::plan) return begin_stop(std::move(worker), at);
        return come_down(std::move(worker), at, patience);   // not yet spawned, or a oneshot that is done
    case State::stopping:
        worker.given_up = false;
        return patience == Patience::none ? begin_kill(std::move(worker), at) : stay(std::move(worker));
    case State::backoff: return come_down(std::move(worker), at, patience);
    case State::exited:
    case State::fatal:
        if (anything_left(worker) || worker.notice != Hook::none) return come_down(std::move(worker), at, patience);
        return stay(std::move(worker));
    case State::stopped:
        if (worker.notice != Hook::none) return come_down(std::move(worker), at, patience);
        worker.asked = false;
        return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_restart_asked(Worker worker, Stamp at) {
    if (worker.held && worker.state == State::starting &&
        worker.hook == Hook::pre_start) {   // which has nothing to prepare any more
        worker.goal = Goal::up;
        return begin_stop(std::move(worker), at);
    }
    const bool done = is_done(worker);
    if (!is_up(worker) && !done) return on_start_asked(std::move(worker), at);
    worker.goal = Goal::up;
    return done ? come_down(std::move(worker), at, Patience::plan) : begin_asked_stop(std::move(worker), at);
}

Transition on_deferred(Worker worker, Stamp at, Goal goal) {
    if (!is_up(worker) && !is_done(worker))
        return goal == Goal::up ? on_restart_asked(std::move(worker), at) : on_stop_asked(std::move(worker), at, Patience::plan);
    worker.goal = goal;
    worker.deferred = true;
    if (worker.given_up) worker.reason.clear();
    worker.given_up = false;   // a command counts as no failure
    return stay(std::move(worker));
}

Transition on_dependents_gone(Worker worker, Stamp at) {
    if (!worker.deferred) return stay(std::move(worker));
    if (is_done(worker)) return come_down(std::move(worker), at, Patience::plan);
    if (!worker.given_up || worker.goal == Goal::down) return begin_asked_stop(std::move(worker), at);
    std::string reason = std::exchange(worker.reason, {});
    return end_given_up(std::move(worker), at, std::move(reason));
}

Transition end_deferred(Worker worker, Stamp at) {
    const bool given_up = worker.given_up && worker.goal == Goal::up;
    std::string reason = given_up ? std::exchange(worker.reason, {}) : std::string{};
    auto stopping = with_reason(enter(State::stopping, std::move(worker), at), std::move(reason));
    stopping.worker.given_up = given_up;
    stopping.worker.plan_waits = stopping.worker.rest_alive;   // it begins with that
    return stopping;
}

}   // namespace talos::worker
