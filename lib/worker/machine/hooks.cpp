#include "worker/machine/hooks.hpp"

#include "worker/machine/failing.hpp"
#include "worker/machine/moves.hpp"
#include "worker/machine/reloading.hpp"
#include "worker/machine/starting.hpp"
#include "worker/machine/stopping.hpp"
#include <utility>

namespace talos::worker {

using config::Hook;

namespace {

Transition after_pre_start(Worker worker, const HookEnded& event) {
    if (worker.main_alive) return stay(std::move(worker));
    worker.reason.clear();
    if (!event.ok) {
        worker.result = RunResult::hook;
        return count_failure(std::move(worker), event.at, event.reason);
    }
    if (worker.held) return begin_start(std::move(worker), event.at, Start::asked);   // which waits; that start has been counted
    return stay(std::move(worker), {Spawn{}});
}

/// The one that the stop met is out of the way.
Transition before_pre_stop(Worker worker, Stamp at) {
    auto actions = worker.plan_waits ? run_hook(worker, Hook::pre_stop) : Actions{};
    if (actions.empty()) return go_on_stopping(std::move(worker), at);
    worker.reason = waiting_text(worker);
    return stay(std::move(worker), std::move(actions));
}

}   // namespace

Actions run_hook(Worker& worker, Hook which) {
    if (config::find_hook(*worker.spec, which) == nullptr) return {};
    worker.hook = which;
    return {RunHook{which}};
}

bool owes_post_stop(const Worker& worker) { return worker.ran && config::find_hook(*worker.spec, Hook::post_stop) != nullptr; }

Actions follow_run(Worker& worker) {
    if (!worker.ran || worker.main_alive || worker.rest_alive || worker.hook != Hook::none) return {};
    worker.ran = false;
    return run_hook(worker, Hook::post_stop);
}

std::string waiting_text(const Worker& worker) {
    if (worker.rest_alive) return "waiting for the rest of its last run to end";
    return "waiting for " + std::string(to_text(worker.hook != Hook::none ? worker.hook : worker.notice)) + " to end";
}

Transition on_hook_ended(Worker worker, const HookEnded& event) {
    if (worker.hook == Hook::none || worker.hook != event.which) return stay(std::move(worker));
    worker.hook = Hook::none;
    switch (worker.state) {
    case State::starting: return after_pre_start(std::move(worker), event);
    case State::backoff: return go_on_waiting(std::move(worker), event.at);
    case State::stopping:
        if (event.which == Hook::pre_start && worker.stop_step >= worker.spec->stop.size()) worker.result = RunResult::timeout;
        if (event.which == Hook::post_start || event.which == Hook::reload) return before_pre_stop(std::move(worker), event.at);
        return go_on_stopping(std::move(worker), event.at);
    case State::exited:
    case State::fatal: {
        auto actions = follow_run(worker);
        return stay(std::move(worker), std::move(actions));
    }
    case State::running:
        return event.which == Hook::reload ? on_reload_program_ended(std::move(worker), event) : stay(std::move(worker));
    case State::stopped: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_notice_ended(Worker worker, Stamp at) {
    worker.notice = Hook::none;
    return worker.state == State::stopping ? go_on_stopping(std::move(worker), at) : stay(std::move(worker));
}

}   // namespace talos::worker
