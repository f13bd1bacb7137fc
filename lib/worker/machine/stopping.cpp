#include "worker/machine/stopping.hpp"

#include "config/model/ready_text.hpp"
#include "worker/data/parts.hpp"
#include "worker/data/stop_plan.hpp"
#include "worker/machine/failing.hpp"
#include "worker/machine/hooks.hpp"
#include "worker/machine/moves.hpp"
#include "worker/machine/starting.hpp"
#include <algorithm>
#include <csignal>
#include <utility>

namespace talos::worker {

using config::Hook;
using namespace states;

namespace {

Then then_of(const Leaving& leaving) {
    if (leaving.goal == Goal::down) return Then::down;
    return leaving.given_up ? Then::failure : Then::start;
}

/// What is alive now, at the first step of the plan.
Stopping stop_of(const Worker& worker, Then then) {
    Stopping stops;
    if (worker.has_main()) stops.tree = Tree::main;
    else if (worker.has_rest()) stops.tree = Tree::rest;
    stops.hook = worker.hook();
    stops.owes_post_stop = owes_post_stop(worker);
    stops.then = then;
    stops.step = std::uint16_t{0};
    return stops;
}

/// Signals what there is of the tree with the current step's signal.
Action signal_tree(const Worker& worker) {
    const auto& stops = std::get<Stopping>(worker.where);
    const int signal = stop_signal(*worker.spec, stops.step.value_or(0));
    if (stops.tree == Tree::main) return SignalMain{signal};
    if (stops.hook == Hook::pre_start && stops.tree == Tree::none)
        return SignalHook{signal};   // in the place of the main that it precedes
    return SignalRest{signal};
}

/// Performs the current step of the plan.
Transition do_step(Worker worker) {
    const auto step = stopping(worker)->step.value_or(0);
    Actions actions;
    actions.reserve(2);
    actions.push_back(signal_tree(worker));
    if (step < worker.spec->stop.size()) actions.push_back(ArmTimer{worker.spec->stop[step].wait});
    return stay(std::move(worker), std::move(actions));
}

/// What the current step meets only now gets its signal at once; the step's remaining wait counts for it.
Transition signal_again(Worker worker) {
    const Action signal = signal_tree(worker);
    return stay(std::move(worker), {signal});
}

Transition begin_stop(Worker worker, Stamp at, Then then) {
    const auto stops = stop_of(worker, then);
    return do_step(enter(stops, std::move(worker), at).worker);
}

/// Stopped by its plan, which will count as a failure.
Transition end_given_up(Worker worker, Stamp at, Reason reason) {
    const bool busy = worker.hook() != Hook::none;
    auto stops = with_reason(begin_stop(std::move(worker), at, Then::failure), std::move(reason));
    if (busy) stops.actions.emplace_back(SignalHook{SIGKILL});
    return stops;
}

/// The same, after the workers that depend on it.
Transition give_up(Worker worker, Stamp at, Reason reason) {
    if (!worker.needed && !worker.leaves_later()) return end_given_up(std::move(worker), at, std::move(reason));
    *leaving_of(worker) = Leaving{worker.goal(), true};
    worker.reason = std::move(reason);
    ++worker.epoch;   // no time to become ready runs any more
    return stay(std::move(worker));
}

/// It goes down, and a notice runs. One that is to come up again does not wait.
bool waits_for_notice(const Worker& worker, Then then) { return then == Then::down && worker.notice != Hook::none; }

/// Nothing is signalled before preStop has ended.
Transition begin_plan(Worker worker) {
    auto& stops = *stopping(worker);
    stops.step = std::uint16_t{0};
    if (stops.then != Then::failure) worker.reason = {};
    ++worker.epoch;
    return do_step(std::move(worker));
}

/// What somebody asked for, while main is alive. Two hooks do not run at a time: postStart is ended first.
Transition begin_asked_stop(Worker worker, Stamp at, Then then) {
    const bool busy = worker.hook() != Hook::none;
    if (!has_hook(worker, Hook::pre_stop)) {
        auto stops = begin_stop(std::move(worker), at, then);
        if (busy) stops.actions.emplace_back(SignalHook{SIGKILL});
        return stops;
    }
    auto waits = stop_of(worker, then);
    waits.step.reset();
    if (!busy) waits.hook = Hook::pre_stop;
    auto stops = enter(waits, std::move(worker), at, {busy ? Action{SignalHook{SIGKILL}} : Action{RunHook{Hook::pre_stop}}});
    stops.worker.reason = waits_for_end(stops.worker);
    return stops;
}

/// Asked again, it only repeats the SIGKILL.
Transition begin_kill(Worker worker, Stamp at, Then then) {
    if (!worker.is(State::stopping)) {
        const auto stops = stop_of(worker, then);
        worker = enter(stops, std::move(worker), at).worker;
    }
    auto& stops = *stopping(worker);
    const auto last = static_cast<std::uint16_t>(worker.spec->stop.size());
    if (stops.step.value_or(0) < last) ++worker.epoch;   // the wait of the step that is cut short is late from here on
    stops.step = last;
    const bool busy = stops.hook != Hook::none;
    if (busy && stops.tree == Tree::none) return stay(std::move(worker), {SignalHook{SIGKILL}});
    auto killed = do_step(std::move(worker));
    if (busy) killed.actions.emplace_back(SignalHook{SIGKILL});
    return killed;
}

/// Nothing of it is left.
Transition end_stop(Worker worker, Stamp at, Then then) {
    switch (then) {
    case Then::down: return enter(Stopped{}, std::move(worker), at);
    case Then::failure: return after_given_up(std::move(worker), at);
    case Then::start: forget_failures(worker); return begin_start(std::move(worker), {}, at, Start::asked);
    }
    __builtin_unreachable();
}

/// In stopping, with nothing left of it but what is still to follow.
Transition finish_stop(Worker worker, Stamp at) {
    const Then then = stopping(worker)->then;
    auto actions = follow_run(worker);
    if (actions.empty() && !waits_for_notice(worker, then)) return end_stop(std::move(worker), at, then);
    ++worker.epoch;   // no step of the plan is to come
    if (then != Then::failure) worker.reason = waits_for_end(worker);
    return stay(std::move(worker), std::move(actions));
}

/// No process of a run is left, but perhaps a hook.
Transition come_down(Worker worker, Stamp at, Then then, Patience patience) {
    const auto left = left_of(worker);
    const bool done = !worker.has_processes() && !(left.owes_post_stop && has_hook(worker, Hook::post_stop));
    if (done && !waits_for_notice(worker, then)) return end_stop(std::move(worker), at, then);
    if (left.rest || patience == Patience::none)
        return begin_kill(std::move(worker), at, then);   // these were being killed already
    const auto entered = stop_of(worker, then);
    auto stops = enter(entered, std::move(worker), at);
    if (left.hook == Hook::none) return finish_stop(std::move(stops.worker), at);
    const bool useless = left.hook == Hook::post_start || left.hook == Hook::reload;
    if (useless) stops.actions.emplace_back(SignalHook{SIGKILL});
    stops.worker.reason = waits_for_end(stops.worker);
    return stops;
}

/// SIGKILL is asked for: no postStop is to follow.
void waive_post_stop(Worker& worker) {
    if (is_starting<Spawning>(worker)) worker.where = Starting{Spawning{}};
    if (auto* stops = stopping(worker)) stops->owes_post_stop = false;
    if (auto* left = leftovers(worker)) left->owes_post_stop = false;
}

/// Main, or the preStart before it.
Transition kill_run(Worker worker, Stamp at) {
    auto stops = stop_of(worker, Then::down);
    stops.owes_post_stop = false;
    return begin_kill(enter(stops, std::move(worker), at).worker, at, Then::down);
}

}   // namespace

Transition next_step(Worker worker) {
    auto& stops = *stopping(worker);
    const bool for_nobody = stops.tree == Tree::none && stops.hook != Hook::pre_start;
    if (for_nobody || worker.plan_waits() || worker.kill_sent()) return stay(std::move(worker));
    ++*stops.step;
    ++worker.epoch;
    return do_step(std::move(worker));
}

Transition stop_late_main(Worker worker, Stamp at) {
    const bool begins = !worker.is(State::stopping);
    if (begins) {
        const auto entered = stop_of(worker, worker.wanted_up() ? Then::start : Then::down);
        worker = enter(entered, std::move(worker), at).worker;
    }
    auto& stops = *stopping(worker);
    stops.tree = Tree::main;
    stops.owes_post_stop = true;
    return begins ? do_step(std::move(worker)) : signal_again(std::move(worker));
}

Transition on_exit_in_stopping(Worker worker, Stamp at) {
    auto& stops = *stopping(worker);
    const bool busy = stops.hook != Hook::none;   // preStop is for a main that lives
    if (stops.tree == Tree::none) {
        if (!stops.step) stops.step = std::uint16_t{0};   // nothing is left that the plan could begin with
        return busy ? stay(std::move(worker), {SignalHook{SIGKILL}}) : finish_stop(std::move(worker), at);
    }
    auto left = worker.plan_waits() ? begin_plan(std::move(worker)) : signal_again(std::move(worker));
    if (busy) left.actions.emplace_back(SignalHook{SIGKILL});
    return left;
}

Transition go_on_stopping(Worker worker, Stamp at) {
    if (worker.plan_waits() && worker.hook() == Hook::none) return begin_plan(std::move(worker));
    if (worker.has_processes()) return stay(std::move(worker));
    return finish_stop(std::move(worker), at);
}

Transition on_unhealthy(Worker worker, const Unhealthy& event) {
    if (!worker.is(State::running)) return stay(std::move(worker));
    // Earlier failures do not count against one that was up for long, as at an exit.
    if (worker.spawned && elapsed(worker.spawned->steady, event.at.steady) >= worker.spec->restart.reset_after)
        worker.failures = 0;
    return give_up(std::move(worker), event.at, Reason(reasons::Unhealthy{event.reason}));
}

Transition give_up_start(Worker worker, const config::ReadySpec& ready, Stamp at) {
    const auto waited = worker.spawned ? elapsed(worker.spawned->steady, at.steady) : ready.timeout;
    const auto shown =
        std::max<Millis>(ready.timeout, std::chrono::floor<std::chrono::seconds>(waited));   // it may have asked for more time
    const auto* awaits = worker.reason.get<reasons::BecomesReady>();
    reasons::NotReady why{shown, config::to_text(ready), awaits != nullptr ? awaits->last_failure : std::string()};
    worker.result = RunResult::timeout;
    return give_up(std::move(worker), at, Reason(std::move(why)));
}

Transition on_stop_asked(Worker worker, Stamp at, Patience patience) {
    if (patience == Patience::none) waive_post_stop(worker);
    if (auto* goal = own_goal(worker)) *goal = Goal::down;
    switch (worker.state()) {
    case State::starting:
    case State::running:
        if (is_starting<Spawning>(worker)) return come_down(std::move(worker), at, Then::down, patience);
        if (patience == Patience::none) return kill_run(std::move(worker), at);
        return worker.has_main() ? begin_asked_stop(std::move(worker), at, Then::down)
                                 : begin_stop(std::move(worker), at, Then::down);
    case State::stopping:
        stopping(worker)->then = Then::down;
        return patience == Patience::none ? begin_kill(std::move(worker), at, Then::down) : stay(std::move(worker));
    case State::backoff: return come_down(std::move(worker), at, Then::down, patience);
    case State::completed:
        if (worker.remains_up()) return come_down(std::move(worker), at, Then::down, patience);
        [[fallthrough]];
    case State::exited:
    case State::fatal:
        if (worker.has_processes() || worker.notice != Hook::none) return come_down(std::move(worker), at, Then::down, patience);
        return stay(std::move(worker));
    case State::stopped:
        if (worker.notice != Hook::none) return come_down(std::move(worker), at, Then::down, patience);
        worker.where = Stopped{};
        return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_restart_asked(Worker worker, Stamp at) {
    if (worker.held && is_starting<PreStart>(worker))
        return begin_stop(std::move(worker), at, Then::start);   // which has nothing to prepare any more
    if (worker.main_is_up()) return begin_asked_stop(std::move(worker), at, Then::start);
    return worker.remains_up() ? come_down(std::move(worker), at, Then::start, Patience::plan)
                               : on_start_asked(std::move(worker), at);
}

Transition on_deferred(Worker worker, Stamp at, Goal goal) {
    auto* leaving = leaving_of(worker);
    if (leaving == nullptr)
        return goal == Goal::up ? on_restart_asked(std::move(worker), at) : on_stop_asked(std::move(worker), at, Patience::plan);
    if (worker.given_up()) worker.reason = {};
    *leaving = Leaving{goal, false};   // a command counts as no failure
    return stay(std::move(worker));
}

Transition on_dependents_gone(Worker worker, Stamp at) {
    const auto* leaving = worker.leaving();
    if (leaving == nullptr) return stay(std::move(worker));
    const Then then = then_of(*leaving);
    if (worker.remains_up()) return come_down(std::move(worker), at, then, Patience::plan);
    if (then != Then::failure) return begin_asked_stop(std::move(worker), at, then);
    Reason reason = std::exchange(worker.reason, {});
    return end_given_up(std::move(worker), at, std::move(reason));
}

Worker stop_deferred(Worker worker, Stamp at) {
    const Then then = then_of(*worker.leaving());
    Reason reason = then == Then::failure ? std::exchange(worker.reason, {}) : Reason();
    auto stops = stop_of(worker, then);
    stops.step.reset();   // the plan begins with what main leaves
    return with_reason(enter(stops, std::move(worker), at), std::move(reason)).worker;
}

}   // namespace talos::worker
