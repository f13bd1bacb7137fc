#include "worker/stopping.hpp"

#include "config/ready_text.hpp"
#include "core/duration.hpp"
#include "worker/failing.hpp"
#include "worker/moves.hpp"
#include "worker/starting.hpp"
#include "worker/stop_plan.hpp"
#include <algorithm>
#include <csignal>
#include <utility>

namespace talos::worker {

namespace {

/// Signals what there is of the tree with the current step's signal.
Action signal_tree(const Worker& worker) {
    const int signal = stop_signal(*worker.spec, worker.stop_step);
    if (worker.main_alive) return SignalMain{signal};
    return SignalRest{signal};
}

/// Stopped by its plan, which will count as a failure.
Transition give_up(Worker worker, Stamp at, std::string reason) {
    auto stopping = with_reason(begin_stop(std::move(worker), at), std::move(reason));
    stopping.worker.given_up = true;
    return stopping;
}

/// Asked again, it only repeats the SIGKILL.
Transition begin_kill(Worker worker, Stamp at) {
    if (worker.state != State::stopping) worker = enter(State::stopping, std::move(worker), at).worker;
    const auto last = static_cast<std::uint16_t>(worker.spec->stop.size());
    if (worker.stop_step < last) ++worker.epoch;   // the wait of the step that is cut short is late from here on
    worker.stop_step = last;
    return do_step(std::move(worker));
}

bool is_up(const Worker& worker) {
    return worker.main_alive && (worker.state == State::starting || worker.state == State::running);
}

}  // namespace

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

Transition begin_stop(Worker worker, Stamp at) { return do_step(enter(State::stopping, std::move(worker), at).worker); }

Transition on_unhealthy(Worker worker, const Unhealthy& event) {
    if (worker.state != State::running) return stay(std::move(worker));
    // Earlier failures do not count against one that was up for long, as at an exit.
    if (worker.spawned && elapsed(worker.spawned->steady, event.at.steady) >= worker.spec->restart.reset_after) worker.failures = 0;
    return give_up(std::move(worker), event.at, "unhealthy: " + event.reason);
}

Transition give_up_start(Worker worker, const config::ReadySpec& ready, Stamp at) {
    const auto waited = worker.spawned ? elapsed(worker.spawned->steady, at.steady) : ready.timeout;
    const auto shown = std::max<Millis>(ready.timeout, std::chrono::floor<std::chrono::seconds>(waited));   // it may have asked for more time
    std::string reason = "not ready within " + format_duration(shown) + " (" + config::to_text(ready) + ")";
    return give_up(std::move(worker), at, std::move(reason));
}

Transition finish_stop(Worker worker, Stamp at) {
    if (worker.goal == Goal::down) return enter(State::stopped, std::move(worker), at);
    if (worker.given_up) {
        const std::string reason = std::exchange(worker.reason, {});
        return count_failure(std::move(worker), at, reason);
    }
    forget_failures(worker);
    return begin_start(std::move(worker), at, Start::asked);
}

Transition on_stop_asked(Worker worker, Stamp at, Patience patience) {
    worker.goal = Goal::down;
    switch (worker.state) {
    case State::starting:
    case State::running:
        if (!worker.main_alive) return enter(State::stopped, std::move(worker), at);   // asked before it was spawned
        return patience == Patience::none ? begin_kill(std::move(worker), at) : begin_stop(std::move(worker), at);
    case State::stopping:
        worker.given_up = false;
        return patience == Patience::none ? begin_kill(std::move(worker), at) : stay(std::move(worker));
    case State::backoff:
        if (worker.rest_alive) return begin_kill(std::move(worker), at);   // these were being killed already
        return enter(State::stopped, std::move(worker), at);
    case State::exited:
    case State::fatal:
        if (worker.rest_alive) return begin_kill(std::move(worker), at);
        return stay(std::move(worker));
    case State::stopped:
        worker.asked = false;
        return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_restart_asked(Worker worker, Stamp at) {
    if (!is_up(worker)) return on_start_asked(std::move(worker), at);
    worker.goal = Goal::up;
    return begin_stop(std::move(worker), at);
}

Transition on_deferred(Worker worker, Stamp at, Goal goal) {
    if (!is_up(worker))
        return goal == Goal::up ? on_restart_asked(std::move(worker), at) : on_stop_asked(std::move(worker), at, Patience::plan);
    worker.goal = goal;
    worker.deferred = true;
    return stay(std::move(worker));
}

Transition on_dependents_gone(Worker worker, Stamp at) {
    if (!worker.deferred) return stay(std::move(worker));
    return begin_stop(std::move(worker), at);
}

}  // namespace talos::worker
