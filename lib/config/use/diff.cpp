#include "config/use/diff.hpp"

#include "config/load/top_keys.hpp"
#include "config/sections/worker_keys.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace talos::config {

bool WorkerChange::needs_restart() const {
    return std::any_of(keys.begin(), keys.end(), [](const KeyChange& change) { return change.effect == Effect::restart; });
}

bool needs_restart(const WorkerSpec& running, const WorkerSpec& wanted) {
    return WorkerChange{WorkerChange::What::changed, {}, compare_workers(running, wanted)}.needs_restart();
}

Plan diff(const Config& running, const Config& wanted) {
    using What = WorkerChange::What;
    Plan plan;
    compare_section(top_keys(), running, wanted, Changes{plan.daemon, {}});
    std::unordered_map<std::string_view, const WorkerSpec*> before;
    for (const auto& worker : running.workers) before.emplace(worker.name, &worker);
    std::unordered_set<std::string_view> stays;
    for (const auto& worker : wanted.workers) {
        const auto known = before.find(worker.name);
        if (known == before.end()) {
            plan.workers.push_back({What::added, worker.name, {}});
            continue;
        }
        stays.insert(worker.name);
        auto keys = compare_workers(*known->second, worker);
        if (keys.empty()) ++plan.unchanged;
        else plan.workers.push_back({What::changed, worker.name, std::move(keys)});
    }
    for (const auto& worker : running.workers) {
        if (!stays.contains(worker.name)) plan.workers.push_back({What::removed, worker.name, {}});
    }
    return plan;
}

WorkerSpec with_hooks(const WorkerSpec& running, const WorkerSpec& wanted) {
    WorkerSpec spec = running;
    spec.hooks = wanted.hooks;
    spec.reload = wanted.reload;
    return spec;
}

WorkerSpec with_live_keys(const WorkerSpec& running, const WorkerSpec& wanted) {
    WorkerSpec spec = running;
    take_live_worker_keys(spec, wanted);
    spec.instance = wanted.instance;
    return spec;
}

}   // namespace talos::config
