#include "unit/worker/model_rules.hpp"

#include "support/a_worker.hpp"
#include "unit/worker/model_world.hpp"
#include "worker/data/restart_policy.hpp"
#include "worker/data/stop_plan.hpp"
#include <algorithm>

namespace talos::worker::model {

namespace {

template <class E>
bool is(const Event& event) {
    return std::holds_alternative<E>(event);
}

template <class A>
const A* find(const Actions& actions) {
    for (const auto& action : actions)
        if (const A* found = std::get_if<A>(&action)) return found;
    return nullptr;
}

template <class A>
auto count(const Actions& actions) {
    return std::count_if(actions.begin(), actions.end(), [](const Action& action) { return std::holds_alternative<A>(action); });
}

bool find_run(const Actions& actions, config::Hook which) {
    const auto* run = find<RunHook>(actions);
    return run != nullptr && run->which == which;
}

int signal_in(const Actions& actions) {
    if (const auto* main = find<SignalMain>(actions)) return main->signal;
    if (const auto* rest = find<SignalRest>(actions)) return rest->signal;
    return 0;
}

/// The ways of the documented table.
bool may_go(const Worker& before, State to) {
    switch (before.state()) {
    case State::stopped: return to == State::starting;
    case State::starting: return true;   // starting again included: delay 0
    case State::running: return to != State::running;
    case State::backoff: return to == State::starting || to == State::stopped || to == State::stopping;
    case State::stopping:
        return to != State::running && to != State::completed &&
               to != State::stopping;   // more than up and down for one that was given up
    case State::completed:
        if (before.remains_up()) return to == State::starting || to == State::stopped || to == State::stopping;
        [[fallthrough]];
    case State::exited:
    case State::fatal: return to == State::starting || to == State::backoff || to == State::stopping;
    }
    __builtin_unreachable();
}

bool is_oneshot(const Worker& worker) { return worker.spec->kind == config::WorkerKind::oneshot; }

bool went(const Worker& before, const Event& event, const Transition& transition) {
    const bool prepared = is<HookEnded>(event) && before.hook() == config::Hook::pre_start;   // it had gone already
    return transition.worker.state() != before.state() || (find<Spawn>(transition.actions) != nullptr && !prepared);
}

bool wants_restart(const config::WorkerSpec& spec, const ExitStatus& status) {
    using Policy = config::RestartSpec::Policy;
    const auto& policy = spec.restart;
    if (spec.kind == config::WorkerKind::oneshot && status.clean()) return false;
    return policy.policy == Policy::always || (policy.policy == Policy::on_failure && !status.clean());
}

/// What a worker with `ready` may do that others may not, and the other way round; and what follows for who is given up.
const char* check_ready(const Worker& before, const Event& event, const Transition& transition) {
    const auto& after = transition.worker;
    const bool waits = before.state() == State::starting && before.has_main() && before.spec->ready.get() != nullptr;
    const bool came_up = after.ready() && !before.ready();
    if (came_up && before.spec->ready.get() != nullptr && !is<BecameReady>(event)) return "running without having become ready";
    if (is<BecameReady>(event) && waits != came_up) return waits ? "ready and not running" : "readiness counted out of its time";
    if (is<TimeAsked>(event) && !waits && !(after == before && transition.actions.empty()))
        return "time was given to one that does not start";
    if (is<Unhealthy>(event) &&
        after.given_up() != (before.given_up() || (before.state() == State::running && before.has_main())))
        return before.state() == State::running ? "unhealthy and not given up" : "unhealthy counted out of its time";
    const auto* timer = std::get_if<TimerFired>(&event);
    if (waits && timer != nullptr && timer->epoch == before.epoch && !after.given_up())
        return "its time to become ready is over and nothing happens";
    if (after.given_up() && (after.state() != State::stopping || after.goal() != Goal::up))
        return "given up, in another state or not wanted up";
    const bool failed = after.state() == State::backoff || after.state() == State::exited || after.state() == State::fatal;
    if (before.state() == State::stopping && failed != (before.given_up() && after.state() != State::stopping))
        return "only who was given up fails by stopping";
    return nullptr;
}

const char* check_start_timer(const Worker& before, const Event& event, Millis after) {
    const auto* ready = before.spec->ready.get();
    const auto* more = std::get_if<TimeAsked>(&event);
    if (ready == nullptr) return after == before.spec->start_time ? nullptr : "a start time that is not the config's";
    if (more == nullptr) return after == ready->timeout ? nullptr : "a time to become ready that is not the config's";
    const auto left = ready->timeout - elapsed(before.spawned->steady, more->at.steady);
    return after == std::max({left, more->more, Millis{0}}) ? nullptr : "more time than was asked for, or less than the config's";
}

const char* check_timer(const Worker& before, const Event& event, const Transition& transition) {
    const auto* timer = find<ArmTimer>(transition.actions);
    if (timer == nullptr) return nullptr;
    if (count<ArmTimer>(transition.actions) > 1) return "two timers in one answer";
    const auto& after = transition.worker;
    const auto& spec = *before.spec;
    if (after.is_paused()) return "a timer that runs for one that is paused";
    if (before.is_paused() && (is<Resumed>(event) || is<ResumeAsked>(event))) return nullptr;   // what was left of it
    if (after.state() == State::running && after.is_reloading()) return nullptr;
    if (after.state() == State::starting) return check_start_timer(before, event, timer->after);
    if (after.state() == State::stopping) {
        const bool planned = !after.kill_sent() && timer->after == spec.stop[step_of(after)].wait;
        return planned ? nullptr : "a wait that is not the plan's";
    }
    if (after.state() != State::backoff) return "a timer in a state that waits for nothing";
    const Millis floor = is<SpawnFailed>(event) || is<HookEnded>(event) || before.given_up() ? spawn_retry_floor : Millis{0};
    const Millis least = std::max(floor, delay(spec.restart, after.failures, 0.0));
    const Millis most = std::max(floor, delay(spec.restart, after.failures, 1.0));
    if (timer->after < least || timer->after > most) return "a delay that is not the policy's";
    if (after.next_start() != at(event).wall + timer->after) return "nextStartAt is not when the timer fires";
    return nullptr;
}

/// Whether the plan has come to a step with this signal by then, and is not past it.
bool plan_says(const config::WorkerSpec& spec, int signal, Millis waited) {
    Millis begin{0};
    for (std::size_t step = 0; step < spec.stop.size(); ++step) {
        const Millis late = latency * static_cast<Millis::rep>(step + 2);
        if (spec.stop[step].signal == signal && waited >= begin && waited <= begin + spec.stop[step].wait + late) return true;
        begin += spec.stop[step].wait;
    }
    return signal == SIGKILL && waited >= begin;
}

}   // namespace

const char* Rules::check(const Worker& before, const Event& event, const Transition& transition, Stamp now) {
    const auto& after = transition.worker;
    const auto* timer = std::get_if<TimerFired>(&event);
    if (timer != nullptr && timer->epoch != before.epoch && !(after == before && transition.actions.empty()))
        return "a late timer changed something";
    if (went(before, event, transition) && !may_go(before, after.state())) return "a way that is not in the table of states";
    if (went(before, event, transition) && after.epoch <= before.epoch)
        return "a state was entered and its predecessor's timer is not late";
    for (const char* broken :
         {check_goal(event, after), check_spawn(before, event, transition), check_failures(before, event, after),
          check_timer(before, event, transition), check_ready(before, event, transition),
          check_signals(before, event, transition, now), check_hooks(before, event, transition)})
        if (broken != nullptr) return broken;
    return nullptr;
}

const char* Rules::check_goal(const Event& event, const Worker& after) {
    if (is<StartAsked>(event) || is<RestartAsked>(event)) goal_ = Goal::up;
    if (is<StopAsked>(event) || is<KillAsked>(event)) goal_ = Goal::down;
    if (after.goal() != goal_) return "the goal is not the last wish";
    if (goal_ == Goal::up && after.state() == State::stopped) return "wanted up and yet stopped";
    const bool going_up = after.state() == State::starting || after.ready() || after.state() == State::backoff;
    if (goal_ == Goal::down && going_up) return "wanted down and yet going up";
    return nullptr;
}

const char* Rules::check_spawn(const Worker& before, const Event& event, const Transition& transition) {
    const auto& after = transition.worker;
    const bool asked = is<StartAsked>(event) || is<RestartAsked>(event);
    if (after.state() == State::backoff && (asked || before.state() != State::backoff)) asked_in_backoff_ = asked;
    const auto spawns = count<Spawn>(transition.actions);
    const bool prepared = is<HookEnded>(event) && before.hook() == config::Hook::pre_start;   // that start has begun already
    if (spawns > 1) return "two spawns in one answer";
    const bool alone = !after.has_main() && !after.has_rest() && after.hook() == config::Hook::none;
    if (spawns == 1 && prepared && !alone) return "a spawn beside what is still there";
    if ((spawns == 1 && !prepared) || find_run(transition.actions, config::Hook::pre_start)) {
        if (after.state() != State::starting) return "a spawn outside starting";
        if (after.has_main() || after.has_rest()) return "a spawn beside what is still alive";
        if (spawns == 1 && after.hook() != config::Hook::none) return "a spawn beside a hook";
        const bool waited = before.state() == State::backoff && (is<RestGone>(event) || is<HookEnded>(event));
        const bool automatic = waited ? !asked_in_backoff_ : !asked && before.state() != State::stopping;
        if (automatic) ++restarts_;
        if (automatic && before.state() == State::backoff && at(event).steady < not_before_)
            return "restarted before its delay was over";
    }
    if (after.state() == State::backoff && before.state() != State::backoff) {
        const auto* timer = find<ArmTimer>(transition.actions);
        not_before_ = at(event).steady + (timer != nullptr ? timer->after : Millis{0});
    }
    const bool timed = before.spec->ready.get() == nullptr && !is_oneshot(before);
    const bool up_at_once = is<Spawned>(event) && before.spec->start_time.count() == 0 && timed;
    if (up_at_once && after.state() == State::starting) return "not up at once with startTime 0";
    return after.restarts == restarts_ ? nullptr : "restarts are not the automatic ones";
}

void Rules::forget_failures() {
    failures_ = 0;
    failed_.clear();
    failed_under_this_policy_ = 0;
}

void Rules::note_failure(SteadyTime at) {
    ++failures_;
    failed_.push_back(at);
    ++failed_under_this_policy_;
}

const char* Rules::check_failures(const Worker& before, const Event& event, const Worker& after) {
    const auto& policy = before.spec->restart;
    const bool up = before.state() == State::starting || before.ready();
    const bool waits = !up && before.state() != State::stopping;
    const SteadyTime when = at(event).steady;
    bool counts = false;
    if (is<ResetAsked>(event)) forget_failures();
    if (waits && (is<StartAsked>(event) || is<RestartAsked>(event))) forget_failures();
    const bool again = before.remains_up() && is<RestartAsked>(event);
    if ((before.state() == State::stopping || again) && after.state() == State::starting) forget_failures();
    if (const auto* exit = std::get_if<Exited>(&event); exit != nullptr && before.has_main()) {
        const Millis uptime = elapsed(before.spawned->steady, when);
        const auto& kept = after.last_exit;
        if (!kept || kept->uptime != uptime || kept->status != exit->status) return "another exit was kept";
        const bool wanted = wants_restart(*before.spec, exit->status);
        const bool done = is_oneshot(before) && exit->status.clean();
        if (up && !wanted && after.state() != (done ? State::completed : State::exited)) return "restarted against the policy";
        if (up && done && after.remains_up() != before.spec->remain_up) return "it does not remain up as its config says";
        if (up && wanted && (after.state() == State::exited || after.is_completed())) return "not restarted against the policy";
        const bool never_up = before.state() == State::starting && (before.spec->ready.get() != nullptr || is_oneshot(before));
        counts = up && wanted && (uptime < policy.reset_after || never_up);
        if (up && wanted && !counts) failures_ = 0;
    }
    if (is<Unhealthy>(event) && before.state() == State::running && before.has_main() &&
        elapsed(before.spawned->steady, when) >= policy.reset_after)
        failures_ = 0;
    if (is<SpawnFailed>(event) && before.state() == State::starting) counts = policy.policy != config::RestartSpec::Policy::never;
    const auto* hook = std::get_if<HookEnded>(&event);
    const bool not_prepared =
        hook != nullptr && !hook->ok && before.hook() == config::Hook::pre_start && hook->which == before.hook();
    if ((is<SpawnFailed>(event) || not_prepared) && before.state() == State::starting)
        counts = policy.policy != config::RestartSpec::Policy::never;
    if (before.given_up() && after.state() != State::stopping && goal_ == Goal::up)
        counts = policy.policy != config::RestartSpec::Policy::never;
    if (counts) note_failure(when);
    if (after.failures != failures_) return "the failures in a row were counted wrongly";
    return counts || after.state() != before.state() ? check_fatal(before, after, when) : nullptr;
}

const char* Rules::check_hooks(const Worker& before, const Event& event, const Transition& transition) {
    using config::Hook;
    const auto& after = transition.worker;
    const auto& actions = transition.actions;
    const bool asked = is<StopAsked>(event) || is<RestartAsked>(event) ||
                       (is<HookEnded>(event) && (before.hook() == Hook::post_start || before.hook() == Hook::reload));
    if (count<RunHook>(actions) > 1) return "two hooks in one answer";
    if (find_run(actions, Hook::pre_start) && after.state() != State::starting) return "preStart outside of starting";
    const bool came_up = after.ready() && !before.ready();
    if (find_run(actions, Hook::post_start) && !came_up) return "postStart, and it did not come up";
    const bool stops = asked && after.state() == State::stopping && after.has_main();
    if (find_run(actions, Hook::pre_stop) && !stops) return "preStop, and nobody asked or main is gone";
    const bool not_spawned =
        is<SpawnFailed>(event) && before.state() == State::starting && !before.has_main() && before.hook() == Hook::none;
    if (not_spawned) owed_ = true;
    const bool ended = owed_ && !after.has_main() && !after.has_rest();
    if (find_run(actions, Hook::post_stop) && !ended) return "postStop, and no start has just ended";
    const bool spared = before.hook() != Hook::none && find<SignalHook>(actions) == nullptr;
    if (is<KillAsked>(event) && spared) return "SIGKILL was asked for and its hook runs on";
    if (is<Exited>(event) && before.has_main() && spared) return "main ended and its hook runs on";
    const bool prepared = is<HookEnded>(event) && before.hook() == Hook::pre_start;
    const bool starts = find_run(actions, Hook::pre_start) || (find<Spawn>(actions) != nullptr && !prepared);
    const bool has_post_stop = config::find_hook(*before.spec, Hook::post_stop) != nullptr;
    if (starts && owed_ && has_post_stop) return "started again, and postStop did not follow the last run";
    if (starts) owed_ = find_run(actions, Hook::pre_start);
    if (is<Spawned>(event)) owed_ = true;
    if (is<KillAsked>(event) || find_run(actions, Hook::post_stop)) owed_ = false;
    const bool going_on = after.state() == State::starting;   // preStart has ended, main is still to come
    const bool over = !going_on && !after.has_main() && !after.has_rest() && after.hook() == Hook::none && !after.remains_up();
    if (!over || !owed_) return nullptr;
    owed_ = false;
    return has_post_stop ? "nothing is left of a start, and postStop did not follow" : nullptr;
}

const char* Rules::check_fatal(const Worker& before, const Worker& after, SteadyTime at) const {
    const auto& policy = before.spec->restart;
    const auto recent = [&](std::size_t last) {
        return static_cast<std::size_t>(std::count_if(failed_.end() - static_cast<std::ptrdiff_t>(last), failed_.end(),
                                                      [&](SteadyTime failed) { return at - failed <= policy.window; }));
    };
    if (after.state() == State::fatal) {
        if (policy.limit == 0 || recent(failed_.size()) < policy.limit)
            return "fatal without that many failures within the window";
        return after.reason.none() ? "fatal without a reason" : nullptr;
    }
    const bool tries_again = after.state() == State::backoff || after.state() == State::starting;
    const bool failed = failed_.size() > 0 && failed_.back() == at && failures_ > 0 && before.state() != State::backoff;
    if (tries_again && failed && policy.limit != 0 && recent(failed_under_this_policy_) >= policy.limit)
        return "not fatal after that many failures within the window";
    return nullptr;
}

const char* Rules::check_signals(const Worker& before, const Event& event, const Transition& transition, Stamp now) {
    const auto& after = transition.worker;
    const int signal = signal_in(transition.actions);
    const bool begins = after.state() == State::stopping && before.state() != State::stopping;
    if (begins) impatient_ = is<KillAsked>(event) || before.has_rest();
    if (after.state() == State::stopping && is<KillAsked>(event)) impatient_ = true;
    if (is<KillAsked>(event) && (before.has_main() || before.has_rest()) && signal != SIGKILL)
        return "SIGKILL was asked for and not sent";
    if (begins || (before.plan_waits() && !after.plan_waits())) plan_began_ = now.steady;
    const bool waits_for_hook = after.hook() != config::Hook::none;
    if (after.plan_waits() && signal != 0) return "a signal before the hook that holds the plan has ended";
    if (begins && signal == 0 && !waits_for_hook) return "a stop began without a signal";
    if (step_of(after) != step_of(before) && after.state() == State::stopping && signal == 0 && !waits_for_hook)
        return "a step of the plan without a signal";
    const auto* exit = std::get_if<Exited>(&event);
    if (exit != nullptr && before.has_main() && exit->rest_alive && find<SignalRest>(transition.actions) == nullptr)
        return "main ended and what is left of its tree was not signalled";
    if (signal == 0) return nullptr;
    if (find<SignalMain>(transition.actions) != nullptr && !after.has_main()) return "a signal to a main process that is gone";
    if (find<SignalRest>(transition.actions) != nullptr && !after.has_rest()) return "a signal to a rest that is gone";
    if (after.state() != State::stopping) return signal == SIGKILL && exit != nullptr ? nullptr : "a signal outside of stopping";
    if (signal == SIGKILL && impatient_) return nullptr;
    const Millis waited = elapsed(plan_began_, now.steady);
    return plan_says(*before.spec, signal, waited) ? nullptr : "a signal that the plan does not have at that time";
}

}   // namespace talos::worker::model
