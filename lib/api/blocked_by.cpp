#include "api/blocked_by.hpp"
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace talos::api {

using worker::State;

namespace {

/// The worker has ended for good without meeting the condition, or it is disabled.
bool never_comes(const state::WorkerStatus& worker, const std::string& condition) {
    if (rests_disabled(worker)) return true;
    if (worker.state != State::fatal && state::documented_state(worker) != State::exited) return false;
    const bool done = worker.goal == worker::Goal::up && state::completed(worker);
    const bool met =
        condition == "completed" ? worker.last_exit && worker.last_exit->status.clean() : condition != "healthy" && done;
    return !met;
}

}   // namespace

bool rests_disabled(const state::WorkerStatus& worker) {
    return worker.disabled && worker.state == State::stopped && worker.goal == worker::Goal::down;
}

std::string disabled_text(const std::string& worker) {
    return worker + " is disabled; `talosctl enable " + worker + "` enables it, `talosctl start " + worker + "` starts it";
}

const state::WorkerStatus* blocked_by(const state::StatusDocument& document, const state::WorkerStatus& waiting) {
    if (!state::is_waiting(waiting)) return nullptr;
    std::unordered_multimap<std::string_view, const state::WorkerStatus*> known;   // by worker name and by group name
    for (const auto& worker : document.workers) {
        known.emplace(worker.name, &worker);
        if (!worker.group.empty()) known.emplace(worker.group, &worker);
    }
    std::unordered_set<const state::WorkerStatus*> seen;
    std::vector<const state::WorkerStatus*> pending{&waiting};
    while (!pending.empty()) {
        const auto* at = pending.back();
        pending.pop_back();
        for (const auto& [name, condition] : at->depends_on) {
            const auto [first, last] = known.equal_range(name);
            for (auto found = first; found != last; ++found) {
                const auto* needed = found->second;
                if (never_comes(*needed, condition)) return needed;
                if (state::is_waiting(*needed) && seen.insert(needed).second) pending.push_back(needed);
            }
        }
    }
    return nullptr;
}

}   // namespace talos::api
