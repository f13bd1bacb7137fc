#include "worker/machine.hpp"

#include "config/ready_text.hpp"
#include "core/duration.hpp"
#include "worker/restart_policy.hpp"
#include "worker/stop_plan.hpp"
#include <algorithm>
#include <csignal>
#include <utility>

namespace talos::worker {

namespace {

Transition stay(Worker worker, Actions actions = {}) { return {std::move(worker), std::move(actions)}; }

/// Entering a state moves the epoch, so that every timer of the one left is late from here on.
Transition enter(State state, Worker worker, Stamp at, Actions actions = {}) {
    worker.state = state;
    worker.since = at;
    ++worker.epoch;
    worker.waited = false;
    worker.asked = false;
    worker.unready = false;
    worker.stop_step = 0;
    worker.next_start.reset();
    worker.reason.clear();
    return {std::move(worker), std::move(actions)};
}

Transition with_reason(Transition transition, std::string reason) {
    transition.worker.reason = std::move(reason);
    return transition;
}

void forget_failures(Worker& worker) {
    worker.failures = 0;
    worker.recent_failures.clear();
}

// --- starting -----------------------------------------------------------------------------------------------------

/// Who wants the start: only an automatic one counts as a restart.
enum class Start { automatic, asked };

/// Waits in backoff for the rest of the last run's tree: ports must be free before the next one.
Transition wait_for_rest(Worker worker, Stamp at, Start start) {
    if (worker.state != State::backoff) worker = enter(State::backoff, std::move(worker), at).worker;
    else if (!worker.waited) ++worker.epoch;   // the delay is over or waived: its timer is late
    worker.next_start.reset();
    worker.waited = true;
    worker.asked = start == Start::asked;
    return with_reason(stay(std::move(worker)), "waiting for the rest of its last run to end");
}

Transition begin_start(Worker worker, Stamp at, Start start) {
    if (worker.rest_alive) return wait_for_rest(std::move(worker), at, start);
    if (start == Start::automatic) ++worker.restarts;
    return enter(State::starting, std::move(worker), at, {Spawn{}});
}

Transition on_start_asked(Worker worker, Stamp at) {
    worker.goal = Goal::up;
    switch (worker.state) {
    case State::backoff:   // whoever asks does not want to wait for the delay
    case State::stopped:
    case State::exited:
    case State::fatal: forget_failures(worker); return begin_start(std::move(worker), at, Start::asked);
    case State::stopping: worker.unready = false; return stay(std::move(worker));   // the later wish wins once the tree is empty
    case State::starting:
    case State::running: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

// --- failing ------------------------------------------------------------------------------------------------------

/// Notes the failure; true when it is the one that makes `limit` of them within `window`.
bool over_limit(Worker& worker, SteadyTime now) {
    const auto& policy = worker.spec->restart;
    if (policy.limit == 0) return false;
    auto& recent = worker.recent_failures;
    std::erase_if(recent, [&](SteadyTime failed) { return now - failed > policy.window; });
    recent.push_back(now);
    return recent.size() >= policy.limit;
}

/// The next attempt after a failure, not before `floor`; or fatal.
Transition retry(Worker worker, Stamp at, Millis floor) {
    const auto& policy = worker.spec->restart;
    ++worker.failures;
    if (over_limit(worker, at.steady)) return enter(State::fatal, std::move(worker), at);
    const Millis wait = std::max(floor, delay(policy, worker.failures, roll(worker.random)));
    if (wait.count() == 0) return begin_start(std::move(worker), at, Start::automatic);
    auto waiting = enter(State::backoff, std::move(worker), at, {ArmTimer{wait}});
    waiting.worker.next_start = at.wall + wait;
    return waiting;
}

std::string limit_reason(const config::RestartSpec& policy, const std::string& last) {
    return std::to_string(policy.limit) + (policy.limit == 1 ? " failure" : " failures") + " within " +
           format_duration(policy.window) + ", the last one: " + last;
}

/// A start that came to nothing: no spawn, or no readiness.
Transition start_failed(Worker worker, Stamp at, const std::string& reason) {
    const auto& policy = worker.spec->restart;
    auto failed = policy.policy == config::RestartSpec::Policy::never ? enter(State::exited, std::move(worker), at)
                                                                      : retry(std::move(worker), at, spawn_retry_floor);
    const bool fatal = failed.worker.state == State::fatal;
    return with_reason(std::move(failed), fatal ? limit_reason(policy, reason) : reason);
}

Transition on_spawn_failed(Worker worker, const SpawnFailed& event) {
    if (worker.state != State::starting || worker.main_alive) return stay(std::move(worker));
    return start_failed(std::move(worker), event.at, event.reason);
}

bool wants_restart(const Worker& worker, const ExitStatus& status) {
    switch (worker.spec->restart.policy) {
    case config::RestartSpec::Policy::always: return true;
    case config::RestartSpec::Policy::on_failure: return !status.clean();
    case config::RestartSpec::Policy::never: return false;
    }
    __builtin_unreachable();
}

Transition after_unexpected_exit(Worker worker, const Exited& event) {
    if (!wants_restart(worker, event.status)) return enter(State::exited, std::move(worker), event.at);
    const auto& policy = worker.spec->restart;
    const bool never_ready = worker.state == State::starting && worker.spec->ready.get() != nullptr;   // however long it tried
    if (worker.last_exit->uptime >= policy.reset_after && !never_ready) {
        worker.failures = 0;   // earlier ones still count against `limit` until the window has passed them
        return begin_start(std::move(worker), event.at, Start::automatic);
    }
    auto failed = retry(std::move(worker), event.at, Millis{0});
    if (failed.worker.state != State::fatal) return failed;
    return with_reason(std::move(failed), limit_reason(policy, to_text(event.status)));
}

// --- stopping -----------------------------------------------------------------------------------------------------

/// Signals what there is of the tree with the current step's signal.
Action signal_tree(const Worker& worker) {
    const int signal = stop_signal(*worker.spec, worker.stop_step);
    if (worker.main_alive) return SignalMain{signal};
    return SignalRest{signal};
}

/// Performs the current step of the plan.
Transition do_step(Worker worker) {
    Actions actions;
    actions.reserve(2);
    actions.push_back(signal_tree(worker));
    if (worker.stop_step < worker.spec->stop.size()) actions.push_back(ArmTimer{worker.spec->stop[worker.stop_step].wait});
    return stay(std::move(worker), std::move(actions));
}

/// What the current step meets only now gets its signal at once; the step's remaining wait counts for it.
Transition signal_again(Worker worker) {
    const Action signal = signal_tree(worker);
    return stay(std::move(worker), {signal});
}

Transition begin_stop(Worker worker, Stamp at) { return do_step(enter(State::stopping, std::move(worker), at).worker); }

/// Asked again, it only repeats the SIGKILL.
Transition begin_kill(Worker worker, Stamp at) {
    if (worker.state != State::stopping) worker = enter(State::stopping, std::move(worker), at).worker;
    const auto last = static_cast<std::uint16_t>(worker.spec->stop.size());
    if (worker.stop_step < last) ++worker.epoch;   // the wait of the step that is cut short is late from here on
    worker.stop_step = last;
    return do_step(std::move(worker));
}

/// Its time to become ready is over.
Transition give_up_start(Worker worker, const config::ReadySpec& ready, Stamp at) {
    const auto waited = worker.spawned ? elapsed(worker.spawned->steady, at.steady) : ready.timeout;
    const auto shown = std::max<Millis>(ready.timeout, std::chrono::floor<std::chrono::seconds>(waited));   // it may have asked for more time
    std::string reason = "not ready within " + format_duration(shown) + " (" + config::to_text(ready) + ")";
    auto stopping = with_reason(begin_stop(std::move(worker), at), std::move(reason));
    stopping.worker.unready = true;
    return stopping;
}

Transition finish_stop(Worker worker, Stamp at) {
    if (worker.goal == Goal::down) return enter(State::stopped, std::move(worker), at);
    if (worker.unready) {
        const std::string reason = std::exchange(worker.reason, {});
        return start_failed(std::move(worker), at, reason);
    }
    forget_failures(worker);
    return begin_start(std::move(worker), at, Start::asked);
}

enum class Patience { plan, none };

Transition on_stop_asked(Worker worker, Stamp at, Patience patience) {
    worker.goal = Goal::down;
    switch (worker.state) {
    case State::starting:
    case State::running:
        if (!worker.main_alive) return enter(State::stopped, std::move(worker), at);   // asked before it was spawned
        return patience == Patience::none ? begin_kill(std::move(worker), at) : begin_stop(std::move(worker), at);
    case State::stopping:
        worker.unready = false;
        return patience == Patience::none ? begin_kill(std::move(worker), at) : stay(std::move(worker));
    case State::backoff:
        if (worker.rest_alive) return begin_kill(std::move(worker), at);   // these were being killed already
        return enter(State::stopped, std::move(worker), at);
    case State::exited:
    case State::fatal:
        if (worker.rest_alive) return begin_kill(std::move(worker), at);
        return stay(std::move(worker));
    case State::stopped: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_restart_asked(Worker worker, Stamp at) {
    const bool up = worker.main_alive && (worker.state == State::starting || worker.state == State::running);
    if (!up) return on_start_asked(std::move(worker), at);
    worker.goal = Goal::up;
    return begin_stop(std::move(worker), at);
}

// --- what the kernel says -----------------------------------------------------------------------------------------

Transition on_spawned(Worker worker, Stamp at) {
    if (worker.main_alive) return stay(std::move(worker));
    worker.main_alive = true;
    worker.spawned = at;
    // Stopped between the decision and the clone, and yet there it is: it must not run on unknown.
    if (worker.state == State::stopping) return signal_again(std::move(worker));
    if (worker.state != State::starting) return begin_stop(std::move(worker), at);
    if (const auto* ready = worker.spec->ready.get()) {
        worker.reason = "waiting to be ready (" + config::to_text(*ready) + ")";
        return stay(std::move(worker), {ArmTimer{ready->timeout}});
    }
    const Millis start_time = worker.spec->start_time;
    if (start_time.count() == 0) return enter(State::running, std::move(worker), at);
    return stay(std::move(worker), {ArmTimer{start_time}});
}

/// The spec that a worker waits by, while it waits to become ready.
const config::ReadySpec* awaited(const Worker& worker) {
    return worker.state == State::starting && worker.main_alive ? worker.spec->ready.get() : nullptr;
}

Transition on_ready(Worker worker, Stamp at) {
    if (awaited(worker) == nullptr) return stay(std::move(worker));
    return enter(State::running, std::move(worker), at);
}

/// As sd_notify(3) has it: a deadline that was extended is never before the one of the config.
Transition on_time_asked(Worker worker, const TimeAsked& event) {
    const auto* ready = awaited(worker);
    if (ready == nullptr || !worker.spawned) return stay(std::move(worker));
    const auto configured = ready->timeout - elapsed(worker.spawned->steady, event.at.steady);
    ++worker.epoch;   // the deadline that was is late from here on
    return stay(std::move(worker), {ArmTimer{std::max({configured, event.more, Millis{0}})}});
}

Transition on_exited(Worker worker, const Exited& event) {
    if (!worker.main_alive) return stay(std::move(worker));
    worker.main_alive = false;
    worker.rest_alive = event.rest_alive;
    const Millis uptime = worker.spawned ? elapsed(worker.spawned->steady, event.at.steady) : Millis{0};
    worker.last_exit = LastExit{event.status, event.at.wall, uptime};
    if (worker.state == State::stopping) {
        if (!worker.rest_alive) return finish_stop(std::move(worker), event.at);
        return signal_again(std::move(worker));
    }
    auto gone = after_unexpected_exit(std::move(worker), event);
    if (event.rest_alive) gone.actions.emplace_back(SignalRest{SIGKILL});
    return gone;
}

Transition on_rest_gone(Worker worker, Stamp at) {
    if (!worker.rest_alive) return stay(std::move(worker));
    worker.rest_alive = false;
    if (worker.state == State::stopping && !worker.main_alive) return finish_stop(std::move(worker), at);
    if (worker.state == State::backoff && worker.waited) {
        const Start start = worker.asked ? Start::asked : Start::automatic;
        return begin_start(std::move(worker), at, start);
    }
    return stay(std::move(worker));
}

Transition on_timer(Worker worker, const TimerFired& event) {
    if (event.epoch != worker.epoch) return stay(std::move(worker));
    switch (worker.state) {
    case State::starting:
        if (!worker.main_alive) return stay(std::move(worker));
        if (const auto* ready = awaited(worker)) return give_up_start(std::move(worker), *ready, event.at);
        return enter(State::running, std::move(worker), event.at);
    case State::backoff:
        if (worker.waited) return stay(std::move(worker));
        return begin_start(std::move(worker), event.at, Start::automatic);
    case State::stopping:
        if (worker.stop_step >= worker.spec->stop.size()) return stay(std::move(worker));
        ++worker.stop_step;
        ++worker.epoch;
        return do_step(std::move(worker));
    case State::stopped:
    case State::running:
    case State::exited:
    case State::fatal: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

struct Decide {
    const Worker& worker;
    Transition operator()(const StartAsked& e) const { return on_start_asked(worker, e.at); }
    Transition operator()(const StopAsked& e) const { return on_stop_asked(worker, e.at, Patience::plan); }
    Transition operator()(const RestartAsked& e) const { return on_restart_asked(worker, e.at); }
    Transition operator()(const KillAsked& e) const { return on_stop_asked(worker, e.at, Patience::none); }
    Transition operator()(const Spawned& e) const { return on_spawned(worker, e.at); }
    Transition operator()(const BecameReady& e) const { return on_ready(worker, e.at); }
    Transition operator()(const TimeAsked& e) const { return on_time_asked(worker, e); }
    Transition operator()(const SpawnFailed& e) const { return on_spawn_failed(worker, e); }
    Transition operator()(const Exited& e) const { return on_exited(worker, e); }
    Transition operator()(const RestGone& e) const { return on_rest_gone(worker, e.at); }
    Transition operator()(const TimerFired& e) const { return on_timer(worker, e); }
};

}  // namespace

Transition next(const Worker& worker, const Event& event) { return std::visit(Decide{worker}, event); }

}  // namespace talos::worker
