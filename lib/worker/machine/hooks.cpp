#include "worker/machine/hooks.hpp"

#include "worker/data/parts.hpp"
#include "worker/machine/failing.hpp"
#include "worker/machine/moves.hpp"
#include "worker/machine/reloading.hpp"
#include "worker/machine/starting.hpp"
#include "worker/machine/stopping.hpp"
#include <utility>

namespace talos::worker {

using config::Hook;
using namespace states;

namespace {

Transition after_pre_start(Worker worker, const HookEnded& event) {
    constexpr Leftovers left{.owes_post_stop = true};
    worker.reason = {};
    if (!event.ok) {
        worker.result = RunResult::hook;
        return count_failure(std::move(worker), left, event.at, Reason(reasons::StartFailed{event.reason}));
    }
    if (worker.held)
        return begin_start(std::move(worker), left, event.at, Start::asked);   // which waits; that start has been counted
    worker.where = Starting{Spawning{.prepared = true}};
    return stay(std::move(worker), {Spawn{}});
}

/// The one that the stop met is out of the way.
Transition before_pre_stop(Worker worker, Stamp at) {
    if (!worker.plan_waits() || !has_hook(worker, Hook::pre_stop)) return go_on_stopping(std::move(worker), at);
    stopping(worker)->hook = Hook::pre_stop;
    worker.reason = waits_for_end(worker);
    return stay(std::move(worker), {RunHook{Hook::pre_stop}});
}

Transition hook_ended_in_stopping(Worker worker, const HookEnded& event) {
    if (event.which == Hook::pre_start && worker.kill_sent()) worker.result = RunResult::timeout;
    stopping(worker)->hook = Hook::none;
    if (event.which == Hook::post_start || event.which == Hook::reload) return before_pre_stop(std::move(worker), event.at);
    return go_on_stopping(std::move(worker), event.at);
}

Transition hook_ended_in_running(Worker worker, const HookEnded& event) {
    if (event.which == Hook::reload) return on_reload_program_ended(std::move(worker), event);
    running(worker)->task = Task::none;
    return stay(std::move(worker));
}

Actions follow(const Worker& worker, bool free, Hook& hook, bool& owes) {
    if (!owes || !free || hook != Hook::none) return {};
    owes = false;
    if (!has_hook(worker, Hook::post_stop)) return {};
    hook = Hook::post_stop;
    return {RunHook{hook}};
}

}   // namespace

bool has_hook(const Worker& worker, Hook which) { return config::find_hook(*worker.spec, which) != nullptr; }

/// One that remains up has not ended yet.
Actions follow_run(Worker& worker) {
    if (auto* stops = stopping(worker)) return follow(worker, stops->tree == Tree::none, stops->hook, stops->owes_post_stop);
    auto* left = worker.remains_up() ? nullptr : leftovers(worker);
    return left != nullptr ? follow(worker, !left->rest, left->hook, left->owes_post_stop) : Actions{};
}

Reason waits_for_end(const Worker& worker) {
    if (worker.has_rest()) return Reason(reasons::RestEnds{});
    return Reason(reasons::HookEnds{worker.hook() != Hook::none ? worker.hook() : worker.notice});
}

Transition on_hook_ended(Worker worker, const HookEnded& event) {
    if (worker.hook() == Hook::none || worker.hook() != event.which) return stay(std::move(worker));
    if (auto* left = leftovers(worker)) left->hook = Hook::none;
    switch (worker.state()) {
    case State::starting: return after_pre_start(std::move(worker), event);
    case State::running: return hook_ended_in_running(std::move(worker), event);
    case State::backoff: return go_on_waiting(std::move(worker), event.at);
    case State::stopping: return hook_ended_in_stopping(std::move(worker), event);
    case State::exited:
    case State::completed:
    case State::fatal: {
        auto actions = follow_run(worker);
        return stay(std::move(worker), std::move(actions));
    }
    case State::stopped: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_notice_ended(Worker worker, Stamp at) {
    worker.notice = Hook::none;
    return worker.is(State::stopping) ? go_on_stopping(std::move(worker), at) : stay(std::move(worker));
}

}   // namespace talos::worker
