#include "config/shares.hpp"
#include "supervisor/reload.hpp"
#include <algorithm>

/// Workers that take the place of others: they are started once those have stopped.
namespace talos::supervisor {

std::vector<std::string> Reload::in_the_way_of(const config::WorkerSpec& added, const config::Plan& plan, std::string& why) const {
    std::vector<std::string> names;
    for (const auto& runner : supervisor_.runners()) {
        const auto& name = runner->spec().name;
        const bool goes = runner->leaving() || std::any_of(plan.workers.begin(), plan.workers.end(), [&](const config::WorkerChange& change) {
            return change.what == config::WorkerChange::What::removed && change.name == name;
        });
        if (!goes || runner->at_rest()) continue;
        const auto shared = config::shared_by(added, runner->spec());
        if (shared.empty()) continue;
        if (names.empty()) why = "it starts once " + name + " has stopped, which has " + shared;
        names.push_back(name);
    }
    return names;
}

void Reload::start_delayed() {
    std::erase_if(delayed_, [this](const Delayed& one) {
        Runner* runner = supervisor_.find(one.worker);
        if (runner == nullptr || runner->leaving() || runner->disabled() || supervisor_.stopping()) return true;
        const bool waits = std::any_of(one.after.begin(), one.after.end(), [this](const std::string& name) {
            const Runner* other = supervisor_.find(name);
            return other != nullptr && other->leaving() && !other->at_rest();
        });
        if (waits) return false;
        const auto item = std::find_if(roll_.items().begin(), roll_.items().end(), [&](const Item& its) { return its.worker == one.worker && !its.wish; });
        auto wish = runner->ask(control::Verb::start, why());
        if (item != roll_.items().end()) item->wish = std::move(wish);
        return true;
    });
}

}  // namespace talos::supervisor
