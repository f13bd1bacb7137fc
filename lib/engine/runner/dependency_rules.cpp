#include "engine/runner/dependency_rules.hpp"

namespace talos::engine {

using config::Dependency;
using worker::Goal;
using worker::State;

bool meets(const Runner& runner, Dependency::Condition condition) {
    const auto& worker = runner.worker();
    const bool stays = worker.goal == Goal::up && !worker.deferred;
    // A further run takes nothing back until it has failed.
    const bool taken_back = worker.goal == Goal::down && (worker.state == State::stopped || worker.deferred);
    const bool completed = worker.last_exit && worker.last_exit->status.clean() && !taken_back;
    const bool done =
        completed && stays && worker.spec->kind == config::WorkerKind::oneshot;   // which is all that there will be of it
    switch (condition) {
    case Dependency::Condition::started: return done || (stays && worker.main_alive && worker.state != State::stopping);
    case Dependency::Condition::ready: return done || (stays && runner.ready());
    case Dependency::Condition::healthy: return stays && runner.healthy();
    case Dependency::Condition::completed: return completed;
    }
    __builtin_unreachable();
}

bool is_there(const worker::Worker& worker) {
    return worker.main_alive || worker.rest_alive || worker.hook != config::Hook::none || worker.state == State::stopping ||
           worker.state == State::running;
}

bool goes_down(const worker::Worker& worker) {
    const bool ends_in_stopped = worker.held && worker.state == State::backoff;
    return is_there(worker) &&
           (worker.goal == Goal::down || worker.deferred || worker.state == State::stopping || ends_in_stopped);
}

bool has_given_up(const worker::Worker& worker) {
    return worker.goal == Goal::down || worker.state == State::exited || worker.state == State::fatal;
}

}   // namespace talos::engine
