#include "cli/views/why_chain.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace talos::cli {

namespace {

using worker::State;
using ByName = std::unordered_multimap<std::string_view, const state::WorkerStatus*>;   // by worker name and by group name

ByName by_name(const state::StatusDocument& document) {
    ByName all;
    for (const auto& worker : document.workers) {
        all.emplace(worker.name, &worker);
        if (!worker.group.empty()) all.emplace(worker.group, &worker);
    }
    return all;
}

Chain chain_of(const ByName& all, const state::WorkerStatus& worker) {
    Chain chain;
    std::unordered_set<const state::WorkerStatus*> seen{&worker};
    Workers pending{&worker};
    for (std::size_t next = 0; next < pending.size(); ++next) {
        const auto& at = *pending[next];
        for (const auto& name : at.waiting_for) {
            const auto [first, last] = all.equal_range(name);
            for (auto found = first; found != last; ++found) {
                if (!seen.insert(found->second).second) continue;
                const bool waits = state::is_waiting(*found->second);
                (waits ? chain.between : chain.roots).push_back(found->second);
                if (waits) pending.push_back(found->second);
            }
        }
    }
    return chain;
}

}   // namespace

Chain chain_of(const state::StatusDocument& document, const state::WorkerStatus& worker) {
    return chain_of(by_name(document), worker);
}

bool is_as_wanted(const state::WorkerStatus& worker) {
    if (worker.state == State::stopping || worker.paused) return false;
    if (worker.goal == worker::Goal::up && !state::is_up(worker)) return false;
    if (worker.health && worker.health->state == worker::HealthState::unhealthy) return false;
    return !worker.log || worker.log->trouble.empty();
}

Findings findings_in(const state::StatusDocument& document) {
    Findings findings;
    std::unordered_set<const state::WorkerStatus*> known;
    for (const auto& worker : document.workers) {
        if (is_as_wanted(worker)) continue;
        ++findings.unwanted;
        if (state::is_waiting(worker)) findings.waiting.push_back(&worker);
        else if (known.insert(&worker).second) findings.causes.push_back(&worker);
    }
    const auto all = by_name(document);
    for (const auto* waiting : findings.waiting)
        for (const auto* root : chain_of(all, *waiting).roots)
            if (known.insert(root).second) findings.causes.push_back(root);
    return findings;
}

}   // namespace talos::cli
