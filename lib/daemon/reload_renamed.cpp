#include "config/model/shares.hpp"
#include "daemon/reload.hpp"
#include <algorithm>

/// Workers that replace others are started after those have stopped.
namespace talos::daemon {

void Reload::start_after_removed(engine::Runner& added, const config::WorkerSpec& wanted, const config::Plan& plan) {
    for (const auto& runner : supervisor_.runners()) {
        const bool goes =
            runner->leaving() || std::any_of(plan.workers.begin(), plan.workers.end(), [&](const config::WorkerChange& change) {
                return change.what == config::WorkerChange::What::removed && change.name == runner->spec().name;
            });
        if (!goes || runner->at_rest()) continue;
        if (auto shared = config::shared_by(wanted, runner->spec()); !shared.empty())
            supervisor_.start_after(added, *runner, std::move(shared));
    }
}

}   // namespace talos::daemon
