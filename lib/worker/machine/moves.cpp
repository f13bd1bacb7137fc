#include "worker/machine/moves.hpp"

#include "worker/machine/reloading.hpp"
#include <utility>

namespace talos::worker {

Transition stay(Worker worker, Actions actions) { return {std::move(worker), std::move(actions)}; }

Transition enter(Situation next, Worker worker, Stamp at, Actions actions) {
    if (worker.is_reloading()) end_reload(worker, "it did not stay up");
    worker.where = next;
    worker.since = at;
    ++worker.epoch;
    worker.reason = {};
    return {std::move(worker), std::move(actions)};
}

Transition with_reason(Transition transition, Reason reason) {
    transition.worker.reason = std::move(reason);
    return transition;
}

void append(Actions& actions, const Actions& more) { actions.insert(actions.end(), more.begin(), more.end()); }

void forget_failures(Worker& worker) {
    worker.failures = 0;
    worker.recent_failures.clear();
}

}   // namespace talos::worker
