#include "engine/runner/dependencies.hpp"
#include "engine/runner/dependency_rules.hpp"
#include "turn/recorder.hpp"
#include <algorithm>
#include <unordered_set>
#include <utility>

/// Who depends on whom, after the workers or their configs have changed.
namespace talos::engine {

using config::Dependency;
using worker::Goal;

void Dependencies::rebuild(const std::vector<std::unique_ptr<Runner>>& runners) {
    const auto before = Before{std::exchange(nodes_, {}), std::exchange(edges_, {})};
    former_.clear();
    places_.clear();
    changed_.clear();
    std::vector<const config::WorkerSpec*> specs;
    for (const auto& runner : runners) {
        specs.push_back(&runner->spec());
        places_.emplace(runner.get(), nodes_.size());
        nodes_.push_back({runner.get(), runner->spec().name});
    }
    const config::DependencyGraph graph(specs);
    Replaced replaced;
    connect_needs(graph, before, replaced);
    keep_former(before, replaced);
    connect_successions();
    for (auto& node : nodes_) hold_or_release(node);
    services_.recorder.changed();   // what somebody waits for may stand nowhere yet
    for (std::size_t i = 0; i < nodes_.size(); ++i) note(i);
}

/// Nobody who stays needs a worker that is leaving: it is not waited for, nor started. It is no loss, unless others took its name.
void Dependencies::connect_needs(const config::DependencyGraph& graph, const Before& before, Replaced& replaced) {
    std::unordered_map<std::string_view, const Node*> nodes_before;
    for (const auto& node : before.nodes) nodes_before.emplace(node.name, &node);
    for (std::size_t dependent = 0; dependent < nodes_.size(); ++dependent) {
        const auto known = nodes_before.find(nodes_[dependent].name);
        const auto edges = known != nodes_before.end() ? needs_of(*known->second, before) : EdgesByName{};
        const auto already = replaced.size();
        for (auto index = graph.first_edge(dependent); index < graph.last_edge(dependent); ++index) {
            const auto& edge = graph.edges()[index];
            const bool leaves = nodes_[edge.dependency].runner->leaving() && !nodes_[dependent].runner->leaving();
            if (!leaves) connect(edge, edges);
            else if (is_replaced(graph, edge, edges)) replaced.emplace_back(dependent, edge.dependency);
        }
        if (replaced.size() > already) pass_on_losses(nodes_[dependent], edges);
    }
}

Dependencies::EdgesByName Dependencies::needs_of(const Node& node, const Before& before) {
    EdgesByName edges;
    for (const auto index : node.needs) edges.emplace(before.nodes[before.edges[index].dependency].name, &before.edges[index]);
    return edges;
}

/// A worker has become a group, or the other way round: none of those that the name means now was there.
bool Dependencies::is_replaced(const config::DependencyGraph& graph, const config::DependencyGraph::Edge& left,
                               const EdgesByName& before) const {
    const auto known = before.find(nodes_[left.dependency].name);
    if (known == before.end() || known->second->kind != Edge::Kind::need) return false;
    bool others = false;
    for (auto index = graph.first_edge(left.dependent); index < graph.last_edge(left.dependent); ++index) {
        const auto& edge = graph.edges()[index];
        if (edge.how->worker != left.how->worker || nodes_[edge.dependency].runner->leaving()) continue;
        if (before.contains(nodes_[edge.dependency].name)) return false;
        others = true;
    }
    return others;
}

/// A worker that is to be restarted once its dependency is back is so once those are there that have replaced it.
void Dependencies::pass_on_losses(const Node& node, const EdgesByName& before) {
    const auto& worker = node.runner->worker();
    if (!worker.wanted_up() || !is_there(worker)) return;
    for (const auto index : node.needs) {
        auto& edge = edges_[index];
        const bool is_new = !before.contains(nodes_[edge.dependency].name);
        if (is_new && !edge.met && edge.on_failure == Dependency::OnFailure::restart) edge.lost = true;
    }
}

/// Of a run that began with other dependencies: a worker that goes down, or is leaving, does so after it.
void Dependencies::keep_former(const Before& before, const Replaced& replaced) {
    const auto goes = [](const Node& node) { return node.runner->leaving() || node.runner->worker().leaves_later(); };
    if (std::none_of(nodes_.begin(), nodes_.end(), goes)) return;
    std::unordered_map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < nodes_.size(); ++i) places.emplace(nodes_[i].name, i);
    const auto key = [&](std::size_t dependent, std::size_t dependency) { return dependent * nodes_.size() + dependency; };
    std::unordered_set<std::size_t> known;
    for (const auto& edge : edges_) known.insert(key(edge.dependent, edge.dependency));
    for (const auto& old : before.edges) {
        const auto dependent = places.find(before.nodes[old.dependent].name);
        const auto dependency = places.find(before.nodes[old.dependency].name);
        if (old.kind == Edge::Kind::succession || dependent == places.end() || dependency == places.end()) continue;
        auto& node = nodes_[dependent->second];
        if (!goes(nodes_[dependency->second]) || !is_there(node.runner->worker())) continue;
        if (!known.insert(key(dependent->second, dependency->second)).second) continue;
        if (reaches(dependency->second, dependent->second)) continue;   // it has been turned round
        const bool lost = old.replaced || std::find(replaced.begin(), replaced.end(),
                                                    std::pair{dependent->second, dependency->second}) != replaced.end();
        former_.push_back(edges_.size());
        node.needs.push_back(edges_.size());
        nodes_[dependency->second].needed_by.push_back(edges_.size());
        edges_.push_back(
            {dependent->second, dependency->second, old.condition, old.on_failure, Edge::Kind::former, true, false, lost});
    }
}

/// They hold a start back, and nothing else.
void Dependencies::connect_successions() {
    for (const auto& one : changes_.successions) {
        const auto added = places_.find(one.added);
        const auto removed = places_.find(one.removed);
        if (added == places_.end() || removed == places_.end()) continue;
        auto& node = nodes_[added->second];
        node.needs.push_back(edges_.size());
        ++node.unmet;
        edges_.push_back({added->second, removed->second, Dependency::Condition::started, Dependency::OnFailure::ignore,
                          Edge::Kind::succession});
    }
}

/// Whether one of these depends on the other by some way.
bool Dependencies::reaches(std::size_t from, std::size_t to) const {
    std::vector<bool> seen(nodes_.size());
    std::vector<std::size_t> rest{from};
    while (!rest.empty()) {
        const auto node = rest.back();
        rest.pop_back();
        if (node == to) return true;
        if (seen[node]) continue;
        seen[node] = true;
        for (const auto index : nodes_[node].needs) rest.push_back(edges_[index].dependency);
    }
    return false;
}

/// An edge that was there keeps what was seen of it: what has changed since is looked at when this settles.
void Dependencies::connect(const config::DependencyGraph::Edge& edge, const EdgesByName& before) {
    auto& dependent = nodes_[edge.dependent];
    auto& dependency = nodes_[edge.dependency];
    const auto found = before.find(dependency.name);
    const bool same =
        found != before.end() && found->second->kind == Edge::Kind::need && found->second->condition == edge.how->condition;
    const auto* known = same ? found->second : nullptr;
    const bool met = known != nullptr ? known->met : meets(*dependency.runner, edge.how->condition);
    const bool lost = known != nullptr && known->lost && edge.how->on_failure == Dependency::OnFailure::restart;
    dependent.needs.push_back(edges_.size());
    dependency.needed_by.push_back(edges_.size());
    if (!met) ++dependent.unmet;
    edges_.push_back({edge.dependent, edge.dependency, edge.how->condition, edge.how->on_failure, Edge::Kind::need, met, lost});
}

}   // namespace talos::engine
