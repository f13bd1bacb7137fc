#include "worker/machine/machine.hpp"

#include "worker/data/parts.hpp"
#include "worker/machine/failing.hpp"
#include "worker/machine/hooks.hpp"
#include "worker/machine/moves.hpp"
#include "worker/machine/pausing.hpp"
#include "worker/machine/reloading.hpp"
#include "worker/machine/starting.hpp"
#include "worker/machine/stopping.hpp"
#include <algorithm>
#include <csignal>
#include <iterator>
#include <utility>

namespace talos::worker {

using config::Hook;

namespace {

/// Of a main that has ended. One that was not ready in time has its result.
RunResult result_of(const Worker& worker, const ExitStatus& status) {
    if (worker.result != RunResult::success) return worker.result;
    if (status.signal == 0) return status.clean() ? RunResult::success : RunResult::exit;
    const auto* stops = stopping(worker);
    if (stops == nullptr) return RunResult::signal;
    const auto& plan = worker.spec->stop;
    const auto step = stops->step.value_or(0);
    const auto sent = plan.begin() + std::min<std::ptrdiff_t>(step + 1, std::ssize(plan));
    if (std::any_of(plan.begin(), sent, [&](const auto& one) { return one.signal == status.signal; })) return RunResult::success;
    return status.signal == SIGKILL && step >= plan.size() ? RunResult::timeout : RunResult::signal;
}

Transition exited_in_stopping(Worker worker, const Exited& event) {
    stopping(worker)->tree = event.rest_alive ? states::Tree::rest : states::Tree::none;
    return on_exit_in_stopping(std::move(worker), event.at);
}

Transition on_exited(Worker worker, const Exited& event) {
    if (!worker.has_main()) return stay(std::move(worker));
    const Millis uptime = worker.spawned ? elapsed(worker.spawned->steady, event.at.steady) : Millis{0};
    worker.last_exit = LastExit{event.status, event.at.wall, uptime};
    worker.result = result_of(worker, event.status);
    if (worker.leaves_later()) worker = stop_deferred(std::move(worker), event.at);   // it was to go down anyway
    if (worker.is(State::stopping)) return exited_in_stopping(std::move(worker), event);
    const states::Leftovers left{event.rest_alive, worker.hook(), true};
    auto gone = completes(*worker.spec, event.status) ? complete(std::move(worker), left, event.at)
                                                      : after_unexpected_exit(std::move(worker), left, event);
    if (left.rest) gone.actions.emplace_back(SignalRest{SIGKILL});
    if (left.hook != Hook::none) gone.actions.emplace_back(SignalHook{SIGKILL});
    append(gone.actions, follow_run(gone.worker));
    return gone;
}

Transition on_rest_gone(Worker worker, Stamp at) {
    if (!worker.has_rest()) return stay(std::move(worker));
    if (auto* left = leftovers(worker)) left->rest = false;
    switch (worker.state()) {
    case State::stopping: stopping(worker)->tree = states::Tree::none; return go_on_stopping(std::move(worker), at);
    case State::backoff: return go_on_waiting(std::move(worker), at);
    case State::exited:
    case State::completed:
    case State::fatal: {
        auto actions = follow_run(worker);
        return stay(std::move(worker), std::move(actions));
    }
    case State::stopped:
    case State::starting:
    case State::running: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition start_timer(Worker worker, Stamp at) {
    if (!is_starting<states::Awaiting>(worker)) return stay(std::move(worker));
    if (const auto* ready = awaited(worker)) return give_up_start(std::move(worker), *ready, at);
    if (worker.spec->kind == config::WorkerKind::oneshot) return stay(std::move(worker));
    return come_up(std::move(worker), at);
}

Transition on_timer(Worker worker, const TimerFired& event) {
    if (event.epoch != worker.epoch) return stay(std::move(worker));
    switch (worker.state()) {
    case State::starting: return start_timer(std::move(worker), event.at);
    case State::backoff: {
        if (!worker.next_start()) return stay(std::move(worker));
        const auto left = left_of(worker);
        return begin_start(std::move(worker), left, event.at, Start::automatic);
    }
    case State::stopping: return next_step(std::move(worker));
    case State::running: return on_reload_time_over(std::move(worker));
    case State::stopped:
    case State::exited:
    case State::completed:
    case State::fatal: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

/// The next failure is the first one, and no start waits longer for those before. A delay that runs goes on.
Transition on_reset_asked(Worker worker) {
    forget_failures(worker);
    return stay(std::move(worker));
}

struct Decide {
    const Worker& worker;
    Transition operator()(const StartAsked& e) const { return on_start_asked(worker, e.at); }
    Transition operator()(const StopAsked& e) const { return on_stop_asked(worker, e.at, Patience::plan); }
    Transition operator()(const RestartAsked& e) const { return on_restart_asked(worker, e.at); }
    Transition operator()(const KillAsked& e) const { return on_stop_asked(worker, e.at, Patience::none); }
    Transition operator()(const ResetAsked&) const { return on_reset_asked(worker); }
    Transition operator()(const PauseAsked& e) const { return on_pause_asked(worker, e.at); }
    Transition operator()(const ResumeAsked&) const { return on_resume_asked(worker); }
    Transition operator()(const ReloadAsked&) const { return on_reload_asked(worker); }
    Transition operator()(const ReloadAnnounced&) const { return on_reload_announced(worker); }
    Transition operator()(const Paused& e) const { return on_paused(worker, e.at); }
    Transition operator()(const Resumed&) const { return on_resumed(worker); }
    Transition operator()(const Spawned& e) const { return on_spawned(worker, e.at); }
    Transition operator()(const BecameReady& e) const { return on_ready(worker, e.at); }
    Transition operator()(const TimeAsked& e) const { return on_time_asked(worker, e); }
    Transition operator()(const Unhealthy& e) const { return on_unhealthy(worker, e); }
    Transition operator()(const SpawnFailed& e) const { return on_spawn_failed(worker, e); }
    Transition operator()(const Exited& e) const { return on_exited(worker, e); }
    Transition operator()(const RestGone& e) const { return on_rest_gone(worker, e.at); }
    Transition operator()(const Held& e) const { return on_held(worker, e.at); }
    Transition operator()(const Released& e) const { return on_released(worker, e.at); }
    Transition operator()(const StopDeferred& e) const { return on_deferred(worker, e.at, Goal::down); }
    Transition operator()(const RestartDeferred& e) const { return on_deferred(worker, e.at, Goal::up); }
    Transition operator()(const DependentsGone& e) const { return on_dependents_gone(worker, e.at); }
    Transition operator()(const TimerFired& e) const { return on_timer(worker, e); }
    Transition operator()(const HookEnded& e) const { return on_hook_ended(worker, e); }
    Transition operator()(const NoticeEnded& e) const { return on_notice_ended(worker, e.at); }
};

}   // namespace

Transition next(const Worker& worker, const Event& event) {
    auto transition = std::visit(Decide{worker}, event);
    keep_time(worker, event, transition);
    return transition;
}

}   // namespace talos::worker
