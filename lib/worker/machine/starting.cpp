#include "worker/machine/starting.hpp"

#include "config/model/ready_text.hpp"
#include "worker/machine/hooks.hpp"
#include "worker/machine/moves.hpp"
#include "worker/machine/reloading.hpp"
#include "worker/machine/stopping.hpp"
#include <algorithm>
#include <utility>

namespace talos::worker {

using config::Hook;

namespace {

std::string waiting_for(const config::ReadySpec& ready) { return "waiting to be ready (" + config::to_text(ready) + ")"; }

/// Waits in backoff for the rest of the last run's tree (ports must be free before the next one) and for its hooks.
Transition wait_for_last_run(Worker worker, Stamp at, Start start) {
    if (worker.state != State::backoff) worker = enter(State::backoff, std::move(worker), at).worker;
    else if (!worker.waited) ++worker.epoch;   // the delay is over or waived: its timer is late
    worker.next_start.reset();
    worker.waited = true;
    worker.asked = start == Start::asked;
    auto actions = follow_run(worker);
    worker.reason = waiting_text(worker);
    return stay(std::move(worker), std::move(actions));
}

}   // namespace

Transition hold_back(Worker worker, Stamp at, Start start) {
    auto held = enter(State::stopped, std::move(worker), at);
    held.worker.asked = start == Start::asked;
    return held;
}

Transition begin_start(Worker worker, Stamp at, Start start) {
    if (worker.rest_alive || worker.hook != Hook::none || owes_post_stop(worker))
        return wait_for_last_run(std::move(worker), at, start);
    if (worker.held) return hold_back(std::move(worker), at, start);
    if (start == Start::automatic) ++worker.restarts;
    worker.ran = false;
    worker.had_main = false;
    worker.result = RunResult::success;
    if (config::find_hook(*worker.spec, Hook::pre_start) == nullptr)
        return enter(State::starting, std::move(worker), at, {Spawn{}});
    auto starting = enter(State::starting, std::move(worker), at);
    starting.actions = run_hook(starting.worker, Hook::pre_start);
    starting.worker.ran = true;
    starting.worker.reason = waiting_text(starting.worker);
    return starting;
}

Transition go_on_waiting(Worker worker, Stamp at) {
    auto actions = follow_run(worker);
    const bool free = !worker.rest_alive && worker.hook == Hook::none;
    if (worker.waited && free) {
        const Start start = worker.asked ? Start::asked : Start::automatic;
        return begin_start(std::move(worker), at, start);
    }
    if (worker.waited) worker.reason = waiting_text(worker);
    return stay(std::move(worker), std::move(actions));
}

Transition come_up(Worker worker, Stamp at) {
    auto up = enter(State::running, std::move(worker), at);
    up.actions = run_hook(up.worker, Hook::post_start);
    return up;
}

Transition on_start_asked(Worker worker, Stamp at) {
    if (worker.held_back()) return stay(std::move(worker));
    worker.goal = Goal::up;
    if (worker.given_up && worker.deferred) {   // it is restarted all the same, and at once
        worker.given_up = false;
        worker.reason.clear();
        return stay(std::move(worker));
    }
    worker.deferred = false;   // the later wish wins
    switch (worker.state) {
    case State::backoff:   // whoever asks does not want to wait for the delay
    case State::stopped:
    case State::exited:
    case State::fatal: forget_failures(worker); return begin_start(std::move(worker), at, Start::asked);
    case State::stopping: worker.given_up = false; return stay(std::move(worker));   // the later wish wins once the tree is empty
    case State::starting:
    case State::running: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_held(Worker worker, Stamp at) {
    worker.held = true;
    const bool to_be_spawned = worker.state == State::starting && !worker.main_alive &&
                               worker.hook == Hook::none;   // after preStart it is looked at again
    // Whatever began that start, it has been counted. The postStop that follows its preStart comes first.
    return to_be_spawned ? begin_start(std::move(worker), at, Start::asked) : stay(std::move(worker));
}

Transition on_released(Worker worker, Stamp at) {
    worker.held = false;
    if (!worker.held_back()) return stay(std::move(worker));
    const Start start = worker.asked ? Start::asked : Start::automatic;
    return begin_start(std::move(worker), at, start);
}

Transition on_spawned(Worker worker, Stamp at) {
    if (worker.main_alive) return stay(std::move(worker));
    worker.main_alive = true;
    worker.ran = true;
    worker.had_main = true;
    worker.spawned = at;
    // Stopped between the decision and the clone, and yet there it is: it must not run on unknown.
    if (worker.state == State::stopping) return signal_again(std::move(worker));
    if (worker.state != State::starting) return begin_stop(std::move(worker), at);
    if (const auto* ready = worker.spec->ready.get()) {
        worker.reason = waiting_for(*ready);
        return stay(std::move(worker), {ArmTimer{ready->timeout}});
    }
    if (worker.spec->kind == config::WorkerKind::oneshot) return stay(std::move(worker));   // its end says how it went
    const Millis start_time = worker.spec->start_time;
    if (start_time.count() == 0) return come_up(std::move(worker), at);
    return stay(std::move(worker), {ArmTimer{start_time}});
}

const config::ReadySpec* awaited(const Worker& worker) {
    return worker.state == State::starting && worker.main_alive && !worker.given_up ? worker.spec->ready.get() : nullptr;
}

Transition on_ready(Worker worker, Stamp at) {
    if (worker.state == State::running) return on_ready_again(std::move(worker));
    if (awaited(worker) == nullptr) return stay(std::move(worker));
    return come_up(std::move(worker), at);
}

/// As sd_notify(3) has it: a deadline that was extended is never before the one of the config.
Transition on_time_asked(Worker worker, const TimeAsked& event) {
    const auto* ready = awaited(worker);
    if (ready == nullptr || !worker.spawned) return stay(std::move(worker));
    const auto configured = ready->timeout - elapsed(worker.spawned->steady, event.at.steady);
    ++worker.epoch;   // the deadline that was is late from here on
    return stay(std::move(worker), {ArmTimer{std::max({configured, event.more, Millis{0}})}});
}

Worker not_ready_yet(Worker worker, std::string_view why) {
    if (const auto* ready = awaited(worker)) worker.reason = waiting_for(*ready) + ": " + std::string(why);
    return worker;
}

std::string_view last_probe_failure(const Worker& worker) {
    const auto* ready = worker.spec->ready.get();
    if (ready == nullptr) return {};
    const auto begin = waiting_for(*ready) + ": ";
    return worker.reason.starts_with(begin) ? std::string_view(worker.reason).substr(begin.size()) : std::string_view();
}

}   // namespace talos::worker
