#include "engine/runner/dependencies.hpp"

#include "config/model/dependency_words.hpp"
#include "engine/runner/dependency_rules.hpp"
#include "turn/recorder.hpp"
#include <utility>

namespace talos::engine {

using config::Dependency;
using worker::Goal;

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

/// Whoever is changed by a decision is looked at, too: they stand behind those who were there. A reload may have changed its mind about
/// those that a removed worker waits for.
void Dependencies::settle() {
    for (const auto index : former_) note(edges_[index].dependency);
    for (std::size_t i = 0; i < changed_.size(); ++i) {
        const auto node = changed_[i];
        nodes_[node].noted = false;
        look_at(node);
    }
    changed_.clear();
}

void Dependencies::look_at(std::size_t place) {
    auto& node = nodes_[place];
    for (const auto index : node.needed_by)
        if (edges_[index].kind == Edge::Kind::need) follow(edges_[index], meets(*node.runner, edges_[index].condition));
    if (const auto& worker = node.runner->worker(); !worker.has_main() || !worker.wanted_up())
        for (const auto index : node.needs) edges_[index].lost = false;   // its next run finds what there is then
    let_go_down(node);
    for (const auto index : node.needs)   // one that is still to be looked at has not told those yet that go along
        if (auto& dependency = nodes_[edges_[index].dependency]; !dependency.noted) let_go_down(dependency);
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
        edge.lost = dependent.runner->worker().wanted_up() && is_there(dependent.runner->worker());
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
    const bool asked = !cause.wanted_up() || cause.leaves_later();
    std::string reason = dependency.name + (asked ? " is to be stopped" : " is no longer ");
    if (!asked) reason += config::to_text(edge.condition);
    restart(dependent, reason, state::ReasonCode::dependency_lost);
}

/// After its own dependents, if it has any.
void Dependencies::restart(Node& node, std::string_view reason, state::ReasonCode reason_code) {
    const Why why{.cause = "dependency", .reason = reason, .reason_code = reason_code};
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
        const bool goes_anyway = !runner.worker().wanted_up() || goes_down(runner.worker());
        if (goes_anyway || (services_.takes_restart && services_.takes_restart(runner))) continue;
        const std::string reason =
            nodes_[edge.dependency].name + " is " + std::string(config::to_text(edge.condition)) + " again";
        restart(node, reason, state::ReasonCode::dependency_back);
    }
}

// --- going down ---------------------------------------------------------------------------------------------------

bool Dependencies::has_dependents(const Runner& runner) const {
    const auto* node = find(runner);
    return node != nullptr && !node->needed_by.empty();
}

/// Those that are to go along are told so: they may be up although the condition was never met.
void Dependencies::let_go_down(Node& node) {
    if (!node.runner->worker().leaves_later()) return;
    for (const auto index : node.needed_by) {
        auto& edge = edges_[index];
        const bool lost = edge.kind == Edge::Kind::former ? std::exchange(edge.replaced, false)
                                                          : !edge.met;   // once: what it depends on now may be there already
        if (lost && edge.on_failure == Dependency::OnFailure::stop) take_along(edge);
    }
    for (const auto index : node.needed_by)
        if (goes_first(edges_[index])) return;
    node.runner->handle(worker::DependentsGone{stamp_now()});
}

/// One that a reload is to restart has begun with a worker that it removes.
bool Dependencies::goes_first(const Edge& edge) const {
    const auto& dependent = *nodes_[edge.dependent].runner;
    if (goes_down(dependent.worker())) return true;
    if (edge.kind != Edge::Kind::former || !nodes_[edge.dependency].runner->leaving()) return false;
    return is_there(dependent.worker()) && changes_.awaits_restart && changes_.awaits_restart(dependent);
}

// --- coming up ----------------------------------------------------------------------------------------------------

/// Each worker is looked at once, by however many ways it is needed.
void Dependencies::pull_in(const std::vector<turn::AskedUp>& asked) {
    std::vector<bool> seen(nodes_.size());
    for (const auto& one : asked) pull_in(one, seen);
}

void Dependencies::pull_in(const turn::AskedUp& asked, std::vector<bool>& seen) {
    const auto* by = asked.by ? &*asked.by : nullptr;
    std::vector<std::size_t> rest{places_.at(asked.runner)};
    while (!rest.empty()) {
        const auto node = rest.back();
        rest.pop_back();
        for (const auto index : nodes_[node].needs) {
            const auto needed = edges_[index].dependency;
            auto& runner = *nodes_[needed].runner;
            if (edges_[index].met || seen[needed] || runner.leaving()) continue;
            seen[needed] = true;
            rest.push_back(needed);
            if (!has_given_up(runner.worker()) || runner.disabled()) continue;
            const std::string reason = "needed by " + nodes_[node].name;
            runner.handle(worker::StartAsked{stamp_now()}, {.cause = "dependency", .by = by, .reason = reason});
        }
    }
}

}   // namespace talos::engine
