#include "daemon/blocked_by.hpp"
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace talos::daemon {

using worker::State;

namespace {

/// It has ended for good, and not in the way that the condition asks for, or it is disabled.
bool never_comes(const WorkerStatus& worker, const std::string& condition) {
    if (rests_disabled(worker)) return true;
    if (worker.state != State::fatal && worker.state != State::exited) return false;
    const bool done = worker.goal == worker::Goal::up && completed(worker);
    const bool met = condition == "completed" ? worker.last_exit && worker.last_exit->status.clean() : condition != "healthy" && done;
    return !met;
}

}  // namespace

bool rests_disabled(const WorkerStatus& worker) {
    return worker.disabled && worker.state == State::stopped && worker.goal == worker::Goal::down;
}

std::string disabled_text(const std::string& worker) {
    return worker + " is disabled; `talosctl enable " + worker + "` enables it, `talosctl start " + worker + "` starts it";
}

const WorkerStatus* blocked_by(const StatusDocument& document, const WorkerStatus& waiting) {
    if (!is_waiting(waiting)) return nullptr;
    std::unordered_multimap<std::string_view, const WorkerStatus*> known;   // by name, and by that of the group
    for (const auto& worker : document.workers) {
        known.emplace(worker.name, &worker);
        if (!worker.group.empty()) known.emplace(worker.group, &worker);
    }
    std::unordered_set<const WorkerStatus*> seen;
    std::vector<const WorkerStatus*> rest{&waiting};
    while (!rest.empty()) {
        const auto* at = rest.back();
        rest.pop_back();
        for (const auto& [name, condition] : at->depends_on) {
            const auto [first, last] = known.equal_range(name);
            for (auto found = first; found != last; ++found) {
                const auto* needed = found->second;
                if (never_comes(*needed, condition)) return needed;
                if (is_waiting(*needed) && seen.insert(needed).second) rest.push_back(needed);
            }
        }
    }
    return nullptr;
}

}  // namespace talos::daemon
