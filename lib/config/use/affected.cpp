#include "config/use/affected.hpp"

#include "config/model/dependency_graph.hpp"
#include <optional>

namespace talos::config {

namespace {

using OnFailure = Dependency::OnFailure;

/// If a completed worker runs again, its dependents stay unaffected until that run fails.
bool is_lost(const Dependency& how, Fate fate) {
    if (fate == Fate::stopped) return how.on_failure == OnFailure::stop;
    return how.on_failure != OnFailure::ignore && how.condition != Dependency::Condition::completed;
}

}   // namespace

std::vector<Affected> affected_by(const std::vector<const WorkerSpec*>& workers,
                                  const std::unordered_set<std::string_view>& first, Fate fate,
                                  const std::function<bool(std::string_view)>& is_up) {
    const DependencyGraph graph(workers);
    std::vector<bool> goes(workers.size());
    std::vector<Affected> affected;
    for (const auto place : graph.start_order()) {
        const auto& name = workers[place]->name;
        if (first.contains(name)) {
            goes[place] = true;
            continue;
        }
        if (!is_up(name)) continue;
        std::optional<Affected> found;
        for (auto index = graph.first_edge(place); index < graph.last_edge(place); ++index) {
            const auto& edge = graph.edges()[index];
            if (!goes[edge.dependency] || !is_lost(*edge.how, fate)) continue;
            const bool sooner = found && found->how == OnFailure::restart && edge.how->on_failure == OnFailure::stop;
            if (!found || sooner) found = Affected{name, workers[edge.dependency]->name, edge.how->on_failure};
        }
        if (!found) continue;
        goes[place] = true;
        affected.push_back(std::move(*found));
    }
    return affected;
}

}   // namespace talos::config
