#include "config/document/quotes.hpp"
#include "config/load/checks.hpp"
#include "config/model/dependency_graph.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

namespace talos::config {
namespace {

using Readings = std::vector<const ReadWorker*>;

std::string chain_of(const std::vector<DependencyGraph::Edge>& cycle, const Readings& workers) {
    std::string chain = workers[cycle.front().dependent]->spec.name;
    for (const auto& edge : cycle) chain += " → " + workers[edge.dependency]->spec.name;
    return chain;
}

/// The workers of a cycle by their names in the config: instances of one pattern form the same cycle many times.
std::set<std::string_view> named_in(const std::vector<DependencyGraph::Edge>& cycle, const Readings& workers) {
    std::set<std::string_view> names;
    for (const auto& edge : cycle) {
        const auto& spec = workers[edge.dependent]->spec;
        const auto* instance = spec.instance.get();
        names.insert(instance != nullptr ? instance->of : spec.name);
    }
    return names;
}

/// The offset at which the dependent names its dependency.
std::size_t offset_of(const DependencyGraph::Edge& edge, const Readings& workers) {
    const auto& dependent = *workers[edge.dependent];
    return dependent.dependency_offsets[static_cast<std::size_t>(edge.how - dependent.spec.depends_on.get()->data())];
}

void check_names(const Readings& workers, const std::vector<Group>& groups, Findings& findings) {
    std::vector<std::string_view> names;
    for (const auto* worker : workers) names.push_back(worker->spec.name);
    for (const auto& group : groups) names.push_back(group.pattern.name);
    const std::unordered_set<std::string_view> known(names.begin(), names.end());
    for (const auto* worker : workers) {
        for (std::size_t i = 0; i < worker->dependency_offsets.size(); ++i) {
            const auto& name = (*worker->spec.depends_on.get())[i].worker;
            if (known.contains(name)) continue;
            const auto near = nearest(name, names);
            const auto hint = near.empty() ? std::string() : "; did you mean " + in_quotes(near) + "?";
            findings.add(worker->dependency_offsets[i], "there is no worker " + in_quotes(name) + hint);
        }
    }
}

}   // namespace

void check_dependencies(const std::vector<ReadWorker>& instances, const std::vector<ReadWorker>& unused_patterns,
                        const std::vector<Group>& groups, Findings& findings) {
    Readings workers;
    for (const auto* some : {&instances, &unused_patterns})
        for (const auto& worker : *some) workers.push_back(&worker);
    check_names(workers, groups, findings);
    std::vector<const WorkerSpec*> specs;
    for (const auto* worker : workers) specs.push_back(&worker->spec);
    const DependencyGraph graph(specs);
    for (const auto& edge : graph.edges()) {
        const auto& other = workers[edge.dependency]->spec;
        if (edge.how->condition == Dependency::Condition::healthy && other.health.get() == nullptr)
            findings.add(offset_of(edge, workers), in_quotes(other.name) + " has no \"health\", so it never becomes healthy");
    }
    // Of cycles that share a worker, only the first one is reported.
    std::set<std::string_view> reported;
    for (const auto& cycle : graph.circles()) {
        auto names = named_in(cycle, workers);
        const bool fresh = std::none_of(names.begin(), names.end(), [&](const auto name) { return reported.contains(name); });
        reported.merge(names);
        if (fresh)
            findings.add(offset_of(cycle.back(), workers),
                         "workers depend on each other in a cycle: " + chain_of(cycle, workers));
    }
}

}   // namespace talos::config
