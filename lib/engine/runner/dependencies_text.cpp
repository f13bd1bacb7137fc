#include "engine/runner/dependencies.hpp"
#include "engine/runner/dependency_rules.hpp"
#include "state/state_word.hpp"
#include <algorithm>

/// What is told of dependencies.
namespace talos::engine {

using config::Dependency;
using worker::State;

namespace {

/// `a, b, c and 7 more`
class Listing {
public:
    template <class Name>
    void add(Name name) {
        if (count_++ < most) text_.append(text_.empty() ? "" : ", ").append(name());
    }
    [[nodiscard]] std::string text() const {
        return count_ > most ? text_ + " and " + std::to_string(count_ - most) + " more" : text_;
    }

private:
    static constexpr std::size_t most = 5;
    std::string text_;
    std::size_t count_ = 0;
};

std::string state_text(const Runner& dependency) {
    const auto& worker = dependency.worker();
    if (worker.is(State::stopped) && dependency.disabled()) return "disabled";
    return std::string(worker::to_text(state::documented_state(worker)));
}

std::string words(const Runner& dependency, Dependency::Condition condition) {
    const auto& worker = dependency.worker();
    std::string text = worker.spec->name;
    if (worker.leaves_later()) text += " (stopping)";
    else if (worker.held_back()) text += " (waiting)";
    else if (has_given_up(worker) || worker.is(State::backoff)) text.append(" (").append(state_text(dependency)).append(")");
    switch (condition) {
    case Dependency::Condition::started: return text + " to be started";
    case Dependency::Condition::ready: return text + " to be ready";
    case Dependency::Condition::healthy: return text + " to be healthy";
    case Dependency::Condition::completed: return text + " to complete";
    }
    __builtin_unreachable();
}

/// `db to stop, which has the same command`
std::string succession_text(const Runner& removed, const Runner& added, const std::vector<Succession>& successions) {
    const auto found = std::find_if(successions.begin(), successions.end(),
                                    [&](const Succession& one) { return one.added == &added && one.removed == &removed; });
    return removed.spec().name + " to stop" + (found != successions.end() ? ", which has " + found->shared : std::string());
}

}   // namespace

std::string Dependencies::awaited_by(const Runner& runner) const {
    const auto* node = find(runner);
    if (node == nullptr) return {};
    Listing listing;
    for (const auto index : node->needs) {
        const auto& edge = edges_[index];
        if (edge.kind == Edge::Kind::succession)
            listing.add([&] { return succession_text(*nodes_[edge.dependency].runner, runner, changes_.successions); });
        else if (!edge.met) listing.add([&] { return words(*nodes_[edge.dependency].runner, edge.condition); });
    }
    return listing.text();
}

std::vector<std::string> Dependencies::missing_for(const Runner& runner) const {
    std::vector<std::string> names;
    if (const auto* node = find(runner))
        for (const auto index : node->needs)
            if (!edges_[index].met && edges_[index].kind == Edge::Kind::need)
                names.emplace_back(nodes_[edges_[index].dependency].name);
    return names;
}

bool Dependencies::restarts_later(const Runner& runner) const {
    const auto* node = find(runner);
    return node != nullptr && std::any_of(node->needs.begin(), node->needs.end(), [&](auto index) { return edges_[index].lost; });
}

std::string Dependencies::waited_for_by(const Runner& runner) const {
    const auto* node = find(runner);
    if (node == nullptr || !runner.worker().leaves_later()) return {};
    Listing listing;
    for (const auto index : node->needed_by)
        if (goes_first(edges_[index])) listing.add([&] { return nodes_[edges_[index].dependent].name; });
    return listing.text();
}

bool Dependencies::is_in_the_way(const Runner& runner) const {
    const auto* node = find(runner);
    const auto holds_up_others = [&](std::size_t index) {
        const auto& edge = edges_[index];
        const auto* removed = nodes_[edge.dependency].runner;
        if (edge.kind != Edge::Kind::former || !removed->leaving() || removed->at_rest()) return false;
        return std::any_of(changes_.successions.begin(), changes_.successions.end(),
                           [&](const Succession& one) { return one.removed == removed; });
    };
    return node != nullptr && std::any_of(node->needs.begin(), node->needs.end(), holds_up_others);
}

const Runner* Dependencies::blocker_of(const Runner& runner) const {
    const auto* node = find(runner);
    std::vector<const Node*> rest;
    std::vector<bool> seen(nodes_.size());
    if (node != nullptr) rest.push_back(node);
    while (!rest.empty()) {
        const auto* at = rest.back();
        rest.pop_back();
        for (const auto index : at->needs) {
            const auto& edge = edges_[index];
            if (edge.met || edge.kind != Edge::Kind::need || seen[edge.dependency]) continue;
            seen[edge.dependency] = true;
            const auto& dependency = *nodes_[edge.dependency].runner;
            if (has_given_up(dependency.worker())) return &dependency;
            if (dependency.worker().held_back()) rest.push_back(&nodes_[edge.dependency]);
        }
    }
    return nullptr;
}

}   // namespace talos::engine
