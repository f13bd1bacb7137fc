#include "supervisor/dependencies.hpp"

#include "config/depends_reader.hpp"
#include "supervisor/recorder.hpp"
#include <utility>

namespace talos::supervisor {

using config::Dependency;
using worker::Goal;
using worker::State;

namespace {

/// Something of it is there, be it that it is done and remains up.
bool is_there(const worker::Worker& worker) {
    return worker.main_alive || worker.rest_alive || worker.hook != config::Hook::none || worker.state == State::stopping ||
           worker.state == State::running;
}

/// What of it is there will be gone without anybody's doing.
bool goes_down(const worker::Worker& worker) {
    const bool ends_in_stopped = worker.held && worker.state == State::backoff;
    return is_there(worker) && (worker.goal == Goal::down || worker.deferred || worker.state == State::stopping || ends_in_stopped);
}

/// Nothing is under way that could bring it up.
bool given_up(const worker::Worker& worker) {
    return worker.goal == Goal::down || worker.state == State::exited || worker.state == State::fatal;
}

/// `a, b, c and 7 more`
class Listing {
public:
    template <class Name>
    void add(Name name) {
        if (count_++ < most) text_.append(text_.empty() ? "" : ", ").append(name());
    }
    [[nodiscard]] std::string text() const { return count_ > most ? text_ + " and " + std::to_string(count_ - most) + " more" : text_; }

private:
    static constexpr std::size_t most = 5;
    std::string text_;
    std::size_t count_ = 0;
};

std::string words(const Runner& dependency, Dependency::Condition condition) {
    const auto& worker = dependency.worker();
    std::string text = worker.spec->name;
    if (worker.deferred) text += " (stopping)";
    else if (given_up(worker) || worker.state == State::backoff) text.append(" (").append(worker::to_text(worker.state)).append(")");
    switch (condition) {
    case Dependency::Condition::started: return text + " to be started";
    case Dependency::Condition::ready: return text + " to be ready";
    case Dependency::Condition::healthy: return text + " to be healthy";
    case Dependency::Condition::completed: return text + " to complete";
    }
    __builtin_unreachable();
}

}  // namespace

bool meets(const Runner& runner, Dependency::Condition condition) {
    const auto& worker = runner.worker();
    const bool stays = worker.goal == Goal::up && !worker.deferred;
    // A further run takes nothing back until it has failed.
    const bool taken_back = worker.goal == Goal::down && (worker.state == State::stopped || worker.deferred);
    const bool completed = worker.last_exit && worker.last_exit->status.clean() && !taken_back;
    const bool done = completed && stays && worker.spec->kind == config::WorkerKind::oneshot;   // which is all that there will be of it
    switch (condition) {
    case Dependency::Condition::started: return done || (stays && worker.main_alive && worker.state != State::stopping);
    case Dependency::Condition::ready: return done || (stays && runner.ready());
    case Dependency::Condition::healthy: return stays && runner.healthy();
    case Dependency::Condition::completed: return completed;
    }
    __builtin_unreachable();
}

std::map<Dependencies::EdgeKey, Dependencies::Seen> Dependencies::seen() const {
    std::map<EdgeKey, Seen> seen;
    for (const auto& edge : edges_)
        seen.emplace(EdgeKey{nodes_[edge.dependent].name, nodes_[edge.dependency].name, edge.condition}, Seen{edge.met, edge.lost});
    return seen;
}

void Dependencies::rebuild(const std::vector<std::unique_ptr<Runner>>& runners) {
    const auto before = seen();
    std::vector<const config::WorkerSpec*> specs;
    nodes_.clear();
    edges_.clear();
    places_.clear();
    changed_.clear();
    for (const auto& runner : runners) {
        specs.push_back(&runner->spec());
        places_.emplace(runner.get(), nodes_.size());
        nodes_.push_back({runner.get(), runner->spec().name});
    }
    const config::DependencyGraph graph(specs);
    for (const auto& edge : graph.edges()) {
        // Whoever is no longer wanted at all is no loss to those who stay.
        if (nodes_[edge.dependency].runner->leaving() && !nodes_[edge.dependent].runner->leaving()) continue;
        const auto known = before.find({nodes_[edge.dependent].name, nodes_[edge.dependency].name, edge.how->condition});
        const bool is_known = known != before.end();   // what has changed since is looked at when this settles
        const bool met = is_known ? known->second.met : meets(*nodes_[edge.dependency].runner, edge.how->condition);
        nodes_[edge.dependent].needs.push_back(edges_.size());
        nodes_[edge.dependency].needed_by.push_back(edges_.size());
        if (!met) ++nodes_[edge.dependent].unmet;
        const bool lost = is_known && known->second.lost && edge.how->on_failure == Dependency::OnFailure::restart;
        edges_.push_back({edge.dependent, edge.dependency, edge.how->condition, edge.how->on_failure, met, lost});
    }
    for (auto& node : nodes_) hold_or_release(node);
    recorder_.changed();   // what somebody waits for may stand nowhere yet
    for (std::size_t i = 0; i < nodes_.size(); ++i) note(i);
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
    if (!node.runner->worker().main_alive)
        for (const auto index : node.needs) edges_[index].lost = false;   // its next run finds what there is then
    let_go_down(node);
    for (const auto index : node.needs) let_go_down(nodes_[edges_[index].dependency]);
}

void Dependencies::follow(Edge& edge, bool met) {
    if (std::exchange(edge.met, met) == met) return;
    recorder_.changed();   // what the dependent waits for, if it does
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
    if (!is_there(worker) || goes_down(worker) || given_up(worker)) return;
    const auto& dependency = nodes_[edge.dependency];
    const auto& cause = dependency.runner->worker();
    const bool asked = cause.goal == Goal::down || cause.deferred;
    std::string reason = dependency.name + (asked ? " is to be stopped" : " is no longer ");
    if (!asked) reason += config::to_text(edge.condition);
    const Why why{.cause = "dependency", .reason = reason};
    if (dependent.needed_by.empty()) dependent.runner->handle(worker::RestartAsked{stamp_now()}, why);
    else dependent.runner->handle(worker::RestartDeferred{stamp_now()}, why);
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
        const std::string reason = nodes_[edge.dependency].name + " is " + std::string(config::to_text(edge.condition)) + " again";
        runner.handle(worker::RestartAsked{stamp_now()}, {.cause = "dependency", .reason = reason});
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
    node.runner->handle(worker::DependentsGone{stamp_now()}, {.cause = node.runner->worker().goal == Goal::up ? "restart" : "stop"});
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
            if (!given_up(runner.worker())) continue;
            const std::string reason = "needed by " + nodes_[node].name;
            runner.handle(worker::StartAsked{stamp_now()}, {.cause = "dependency", .by = by, .reason = reason});
        }
    }
}

std::string Dependencies::awaited_by(const Runner& runner) const {
    const auto* node = find(runner);
    if (node == nullptr) return {};
    Listing listing;
    for (const auto index : node->needs) {
        const auto& edge = edges_[index];
        if (!edge.met) listing.add([&] { return words(*nodes_[edge.dependency].runner, edge.condition); });
    }
    return listing.text();
}

bool Dependencies::waits_in_vain(const Runner& runner) const {
    const auto* node = find(runner);
    std::vector<const Node*> rest;
    std::vector<bool> seen(nodes_.size());
    if (node != nullptr) rest.push_back(node);
    while (!rest.empty()) {
        const auto* at = rest.back();
        rest.pop_back();
        for (const auto index : at->needs) {
            const auto& edge = edges_[index];
            if (edge.met || seen[edge.dependency]) continue;
            seen[edge.dependency] = true;
            const auto& worker = nodes_[edge.dependency].runner->worker();
            if (given_up(worker)) return true;
            if (worker.held_back()) rest.push_back(&nodes_[edge.dependency]);
        }
    }
    return false;
}

std::string Dependencies::waited_for_by(const Runner& runner) const {
    const auto* node = find(runner);
    if (node == nullptr || !runner.worker().deferred) return {};
    Listing listing;
    for (const auto index : node->needed_by)
        if (goes_down(nodes_[edges_[index].dependent].runner->worker())) listing.add([&] { return nodes_[edges_[index].dependent].name; });
    return listing.text();
}

}  // namespace talos::supervisor
