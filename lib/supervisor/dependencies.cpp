#include "supervisor/dependencies.hpp"

#include "config/depends_reader.hpp"
#include "supervisor/dependency_rules.hpp"
#include "supervisor/recorder.hpp"
#include <algorithm>
#include <utility>

namespace talos::supervisor {

using config::Dependency;
using worker::Goal;

void Dependencies::rebuild(const std::vector<std::unique_ptr<Runner>>& runners) {
    const auto before = Before{std::exchange(nodes_, {}), std::exchange(edges_, {})};
    std::unordered_map<std::string_view, const Node*> nodes_before;
    for (const auto& node : before.nodes) nodes_before.emplace(node.name, &node);
    places_.clear();
    changed_.clear();
    std::vector<const config::WorkerSpec*> specs;
    for (const auto& runner : runners) {
        specs.push_back(&runner->spec());
        places_.emplace(runner.get(), nodes_.size());
        nodes_.push_back({runner.get(), runner->spec().name});
    }
    const config::DependencyGraph graph(specs);
    for (std::size_t dependent = 0; dependent < nodes_.size(); ++dependent) {
        const auto known = nodes_before.find(nodes_[dependent].name);
        const auto edges = known != nodes_before.end() ? needs_of(*known->second, before) : EdgesByName{};
        for (auto index = graph.first_edge(dependent); index < graph.last_edge(dependent); ++index) {
            const auto& edge = graph.edges()[index];
            const bool leaves = nodes_[edge.dependency].runner->leaving() && !nodes_[dependent].runner->leaving();
            // Whoever is no longer wanted at all is no loss to those who stay, unless others took its name.
            if (leaves && !is_replaced(graph, edge, edges)) continue;
            connect(edge, edges);
            edges_.back().replaced = leaves;
        }
        pass_on_losses(nodes_[dependent], edges);
    }
    for (auto& node : nodes_) hold_or_release(node);
    services_.recorder.changed();   // what somebody waits for may stand nowhere yet
    for (std::size_t i = 0; i < nodes_.size(); ++i) note(i);
}

Dependencies::EdgesByName Dependencies::needs_of(const Node& node, const Before& before) {
    EdgesByName edges;
    for (const auto index : node.needs) edges.emplace(before.nodes[before.edges[index].dependency].name, &before.edges[index]);
    return edges;
}

/// A worker has become a group, or the other way round: none of those that the name means now was there.
bool Dependencies::is_replaced(const config::DependencyGraph& graph, const config::DependencyGraph::Edge& left, const EdgesByName& before) const {
    const auto known = before.find(nodes_[left.dependency].name);
    if (known == before.end()) return false;
    if (known->second->replaced) return true;
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
    const bool replaced = std::any_of(node.needs.begin(), node.needs.end(), [&](auto index) { return edges_[index].replaced; });
    const auto& worker = node.runner->worker();
    if (!replaced || worker.goal == Goal::down || !is_there(worker)) return;
    for (const auto index : node.needs) {
        auto& edge = edges_[index];
        const bool is_new = !before.contains(nodes_[edge.dependency].name);
        if (is_new && !edge.met && edge.on_failure == Dependency::OnFailure::restart) edge.lost = true;
    }
}

/// An edge that was there keeps what was seen of it: what has changed since is looked at when this settles.
void Dependencies::connect(const config::DependencyGraph::Edge& edge, const EdgesByName& before) {
    auto& dependent = nodes_[edge.dependent];
    auto& dependency = nodes_[edge.dependency];
    const auto found = before.find(dependency.name);
    const auto* known = found != before.end() && found->second->condition == edge.how->condition ? found->second : nullptr;
    const bool met = known != nullptr ? known->met : meets(*dependency.runner, edge.how->condition);
    const bool lost = known != nullptr && known->lost && edge.how->on_failure == Dependency::OnFailure::restart;
    dependent.needs.push_back(edges_.size());
    dependency.needed_by.push_back(edges_.size());
    if (!met) ++dependent.unmet;
    edges_.push_back({edge.dependent, edge.dependency, edge.how->condition, edge.how->on_failure, met, lost});
}

const Dependencies::Node* Dependencies::find(const Runner& runner) const {
    const auto found = places_.find(&runner);
    return found == places_.end() ? nullptr : &nodes_[found->second];
}

void Dependencies::changed(const Runner& runner) {
    const auto found = places_.find(&runner);
    if (found != places_.end()) note(found->second);
}

void Dependencies::note(std::size_t node) {
    if (std::exchange(nodes_[node].noted, true)) return;
    changed_.push_back(node);
}

/// Whoever is changed by a decision is looked at, too: they stand behind those who were there.
void Dependencies::settle() {
    for (std::size_t i = 0; i < changed_.size(); ++i) {
        const auto node = changed_[i];
        nodes_[node].noted = false;
        look_at(node);
    }
    changed_.clear();
}

void Dependencies::look_at(std::size_t place) {
    auto& node = nodes_[place];
    for (const auto index : node.needed_by) follow(edges_[index], meets(*node.runner, edges_[index].condition));
    if (const auto& worker = node.runner->worker(); !worker.main_alive || worker.goal == Goal::down)
        for (const auto index : node.needs) edges_[index].lost = false;   // its next run finds what there is then
    let_go_down(node);
    for (const auto index : node.needs) let_go_down(nodes_[edges_[index].dependency]);
}

void Dependencies::follow(Edge& edge, bool met) {
    if (std::exchange(edge.met, met) == met) return;
    services_.recorder.changed();   // what the dependent waits for, if it does
    auto& dependent = nodes_[edge.dependent];
    if (met) {
        --dependent.unmet;
        return hold_or_release(dependent);
    }
    ++dependent.unmet;
    hold_or_release(dependent);
    switch (edge.on_failure) {
    case Dependency::OnFailure::ignore: return;
    case Dependency::OnFailure::restart:
        edge.lost = dependent.runner->worker().goal == Goal::up && is_there(dependent.runner->worker());
        return;
    case Dependency::OnFailure::stop: return take_along(edge);
    }
}

/// Stops the dependent, which is held back then; behind its own dependents if it has any.
void Dependencies::take_along(const Edge& edge) {
    auto& dependent = nodes_[edge.dependent];
    const auto& worker = dependent.runner->worker();
    if (!is_there(worker) || goes_down(worker) || has_given_up(worker)) return;
    const auto& dependency = nodes_[edge.dependency];
    const auto& cause = dependency.runner->worker();
    const bool asked = cause.goal == Goal::down || cause.deferred;
    std::string reason = dependency.name + (asked ? " is to be stopped" : " is no longer ");
    if (!asked) reason += config::to_text(edge.condition);
    restart(dependent, reason);
}

/// After its own dependents, if it has any.
void Dependencies::restart(Node& node, std::string_view reason) {
    const Why why{.cause = "dependency", .reason = reason};
    if (node.needed_by.empty()) node.runner->handle(worker::RestartAsked{stamp_now()}, why);
    else node.runner->handle(worker::RestartDeferred{stamp_now()}, why);
}

void Dependencies::hold_or_release(Node& node) {
    auto& runner = *node.runner;
    if (node.unmet > 0) {
        if (!runner.worker().held) runner.handle(worker::Held{stamp_now()});
        return;
    }
    if (runner.worker().held) runner.handle(worker::Released{stamp_now()});
    for (const auto index : node.needs) {
        auto& edge = edges_[index];
        if (!std::exchange(edge.lost, false)) continue;
        const bool goes_anyway = runner.worker().goal == Goal::down || goes_down(runner.worker());
        if (goes_anyway || (services_.takes_restart && services_.takes_restart(runner))) continue;
        const std::string reason = nodes_[edge.dependency].name + " is " + std::string(config::to_text(edge.condition)) + " again";
        restart(node, reason);
    }
}

// --- going down ---------------------------------------------------------------------------------------------------

bool Dependencies::has_dependents(const Runner& runner) const {
    const auto* node = find(runner);
    return node != nullptr && !node->needed_by.empty();
}

/// Those that are to go along are told so: they may be up although the condition was never met.
void Dependencies::let_go_down(Node& node) {
    if (!node.runner->worker().deferred) return;
    for (const auto index : node.needed_by)
        if (const auto& edge = edges_[index]; !edge.met && edge.on_failure == Dependency::OnFailure::stop) take_along(edge);
    for (const auto index : node.needed_by)
        if (goes_down(nodes_[edges_[index].dependent].runner->worker())) return;
    node.runner->handle(worker::DependentsGone{stamp_now()});
}

// --- coming up ----------------------------------------------------------------------------------------------------

/// Each worker is looked at once, by however many ways it is needed.
void Dependencies::pull_in(const std::vector<AskedUp>& asked) {
    std::vector<bool> seen(nodes_.size());
    for (const auto& one : asked) pull_in(one, seen);
}

void Dependencies::pull_in(const AskedUp& asked, std::vector<bool>& seen) {
    const auto* by = asked.by ? &*asked.by : nullptr;
    std::vector<std::size_t> rest{places_.at(asked.runner)};
    while (!rest.empty()) {
        const auto node = rest.back();
        rest.pop_back();
        for (const auto index : nodes_[node].needs) {
            const auto needed = edges_[index].dependency;
            if (edges_[index].met || seen[needed]) continue;
            seen[needed] = true;
            rest.push_back(needed);
            auto& runner = *nodes_[needed].runner;
            if (!has_given_up(runner.worker()) || runner.disabled()) continue;
            const std::string reason = "needed by " + nodes_[node].name;
            runner.handle(worker::StartAsked{stamp_now()}, {.cause = "dependency", .by = by, .reason = reason});
        }
    }
}

}  // namespace talos::supervisor
