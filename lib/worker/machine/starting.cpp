#include "worker/machine/starting.hpp"

#include "config/model/ready_text.hpp"
#include "worker/data/parts.hpp"
#include "worker/machine/hooks.hpp"
#include "worker/machine/moves.hpp"
#include "worker/machine/reloading.hpp"
#include "worker/machine/stopping.hpp"
#include <algorithm>
#include <utility>

namespace talos::worker {

using config::Hook;
using namespace states;

namespace {

Reason waits_for(const config::ReadySpec& ready, std::string_view last_failure = {}) {
    return Reason(reasons::BecomesReady{config::to_text(ready), std::string(last_failure)});
}

/// Waits in backoff for the rest of the last run's tree (ports must be free before the next one) and for its hooks.
Transition wait_for_last_run(Worker worker, Leftovers left, Stamp at, Start start) {
    const Backoff waiting{left, LeftoversEnd{start}};
    if (!worker.is(State::backoff)) {
        worker = enter(waiting, std::move(worker), at).worker;
    } else {
        if (worker.next_start()) ++worker.epoch;   // the delay is over or waived: its timer is late
        worker.where = waiting;
    }
    auto actions = follow_run(worker);
    worker.reason = waits_for_end(worker);
    return stay(std::move(worker), std::move(actions));
}

}   // namespace

Transition begin_start(Worker worker, Leftovers left, Stamp at, Start start) {
    const bool post_stop_first = left.owes_post_stop && has_hook(worker, Hook::post_stop);
    if (left.rest || left.hook != Hook::none || post_stop_first) return wait_for_last_run(std::move(worker), left, at, start);
    if (worker.held) return enter(Stopped{start}, std::move(worker), at);
    if (start == Start::automatic) ++worker.restarts;
    worker.had_main = false;
    worker.result = RunResult::success;
    if (!has_hook(worker, Hook::pre_start)) return enter(Starting{Spawning{}}, std::move(worker), at, {Spawn{}});
    auto starting = enter(Starting{PreStart{}}, std::move(worker), at, {RunHook{Hook::pre_start}});
    starting.worker.reason = waits_for_end(starting.worker);
    return starting;
}

Transition go_on_waiting(Worker worker, Stamp at) {
    auto actions = follow_run(worker);
    const auto& backoff = std::get<Backoff>(worker.where);
    const auto* waits = std::get_if<LeftoversEnd>(&backoff.until);
    const bool free = !backoff.left.rest && backoff.left.hook == Hook::none;
    if (waits != nullptr && free) {
        const Start start = waits->start;
        return begin_start(std::move(worker), {}, at, start);
    }
    if (waits != nullptr) worker.reason = waits_for_end(worker);
    return stay(std::move(worker), std::move(actions));
}

Transition come_up(Worker worker, Stamp at) {
    Running up;
    if (worker.is_paused()) up.clock = states::Paused{};   // by its own doing, or another's
    if (const auto* leaves = worker.leaving()) up.leaving = Leaving{leaves->goal, false};
    Actions actions;
    if (has_hook(worker, Hook::post_start)) {
        up.task = Task::post_start;
        actions = {RunHook{Hook::post_start}};
    }
    return enter(up, std::move(worker), at, std::move(actions));
}

Transition complete(Worker worker, Leftovers left, Stamp at) {
    if (!worker.spec->remain_up || !worker.is(State::starting)) return enter(Completed{left, Over{}}, std::move(worker), at);
    Actions actions;
    if (has_hook(worker, Hook::post_start)) {
        left.hook = Hook::post_start;
        actions = {RunHook{Hook::post_start}};
    }
    return enter(Completed{left, RemainsUp{}}, std::move(worker), at, std::move(actions));
}

Transition on_start_asked(Worker worker, Stamp at) {
    if (worker.held_back()) return stay(std::move(worker));
    if (auto* leaving = leaving_of(worker)) {   // it is up, or comes up
        if (worker.given_up()) {                // it is restarted all the same, and at once
            *leaving = Leaving{Goal::up, false};
            worker.reason = {};
        } else {
            leaving->reset();   // the later wish wins
        }
        return stay(std::move(worker));
    }
    switch (worker.state()) {
    case State::backoff:   // whoever asks does not want to wait for the delay
    case State::stopped:
    case State::exited:
    case State::completed:
    case State::fatal: {
        const auto left = left_of(worker);
        forget_failures(worker);
        return begin_start(std::move(worker), left, at, Start::asked);
    }
    case State::stopping:
        stopping(worker)->then = Then::start;
        return stay(std::move(worker));   // the later wish wins once the tree is empty
    case State::starting:
    case State::running: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_held(Worker worker, Stamp at) {
    worker.held = true;
    if (!is_starting<Spawning>(worker)) return stay(std::move(worker));   // after preStart it is looked at again
    // Whatever began that start, it has been counted. The postStop that follows its preStart comes first.
    const auto left = left_of(worker);
    return begin_start(std::move(worker), left, at, Start::asked);
}

Transition on_released(Worker worker, Stamp at) {
    worker.held = false;
    const auto* stopped = std::get_if<Stopped>(&worker.where);
    if (stopped == nullptr || !stopped->held_back) return stay(std::move(worker));
    const Start start = *stopped->held_back;
    return begin_start(std::move(worker), {}, at, start);
}

Transition on_spawned(Worker worker, Stamp at) {
    if (worker.has_main()) return stay(std::move(worker));
    worker.had_main = true;
    worker.spawned = at;
    // Stopped between the decision and the clone, and yet there it is: it must not run on unknown.
    if (!worker.is(State::starting)) return stop_late_main(std::move(worker), at);
    worker.where = Starting{Awaiting{}};
    if (const auto* ready = worker.spec->ready.get()) {
        worker.reason = waits_for(*ready);
        return stay(std::move(worker), {ArmTimer{ready->timeout}});
    }
    if (worker.spec->kind == config::WorkerKind::oneshot) return stay(std::move(worker));   // its end says how it went
    const Millis start_time = worker.spec->start_time;
    if (start_time.count() == 0) return come_up(std::move(worker), at);
    return stay(std::move(worker), {ArmTimer{start_time}});
}

const config::ReadySpec* awaited(const Worker& worker) {
    return is_starting<Awaiting>(worker) && !worker.given_up() ? worker.spec->ready.get() : nullptr;
}

Transition on_ready(Worker worker, Stamp at) {
    if (worker.is(State::running)) return on_ready_again(std::move(worker));
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
    if (const auto* ready = awaited(worker)) worker.reason = waits_for(*ready, why);
    return worker;
}

}   // namespace talos::worker
