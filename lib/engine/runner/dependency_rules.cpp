#include "engine/runner/dependency_rules.hpp"

namespace talos::engine {

using config::Dependency;
using worker::Goal;
using worker::State;

bool meets(const Runner& runner, Dependency::Condition condition) {
    const auto& worker = runner.worker();
    const bool stays = worker.wanted_up() && !worker.leaves_later();
    // A further run takes nothing back until it has failed.
    const bool taken_back = !worker.wanted_up() && (worker.is(State::stopped) || worker.leaves_later());
    const bool completed = worker.last_exit && worker.last_exit->status.clean() && !taken_back;
    const bool done =
        completed && stays && worker.spec->kind == config::WorkerKind::oneshot;   // which is all that there will be of it
    switch (condition) {
    case Dependency::Condition::started: return done || (stays && worker.has_main() && !worker.is(State::stopping));
    case Dependency::Condition::ready: return done || (stays && runner.ready());
    case Dependency::Condition::healthy: return stays && runner.healthy();
    case Dependency::Condition::completed: return completed;
    }
    __builtin_unreachable();
}

bool is_there(const worker::Worker& worker) { return worker.has_processes() || worker.is(State::stopping) || worker.ready(); }

bool goes_down(const worker::Worker& worker) {
    const bool ends_in_stopped = worker.held && worker.is(State::backoff);
    return is_there(worker) && (!worker.wanted_up() || worker.leaves_later() || worker.is(State::stopping) || ends_in_stopped);
}

bool has_given_up(const worker::Worker& worker) {
    const bool over = worker.is(State::exited) || (worker.is_completed() && !worker.remains_up());
    return !worker.wanted_up() || over || worker.is(State::fatal);
}

}   // namespace talos::engine
