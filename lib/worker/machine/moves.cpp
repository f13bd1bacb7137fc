#include "worker/machine/moves.hpp"

#include "worker/machine/reloading.hpp"
#include <utility>

namespace talos::worker {

Transition stay(Worker worker, Actions actions) { return {std::move(worker), std::move(actions)}; }

Transition enter(State state, Worker worker, Stamp at, Actions actions) {
    worker.state = state;
    worker.since = at;
    ++worker.epoch;
    worker.waited = false;
    worker.asked = false;
    worker.given_up = false;
    worker.fatal_exit = false;
    if (state != State::running) worker.deferred = false;
    worker.plan_waits = false;
    if (worker.reloading) end_reload(worker, "it did not stay up");
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

}   // namespace talos::worker
