#include "supervisor/orphans.hpp"

#include <algorithm>
#include <unistd.h>

namespace talos::supervisor {

Orphans::Orphans(const ProcessTable& processes, std::string run, FindWorker find_worker)
    : processes_(processes), run_(std::move(run)), find_worker_(std::move(find_worker)) {}

Result<> Orphans::refresh() {
    const auto begin = std::chrono::steady_clock::now();
    fresh_.clear();
    if (auto read = children_.read(listed_); !read) return read;
    for (const pid_t pid : listed_) {
        if (const Runner* leader = processes_.leader_of(pid); leader != nullptr && leader->pid() == pid) continue;   // a main
        if (owners_.contains(pid) || processes_.is_helper(pid)) continue;
        owners_.emplace(pid, find_owner(pid));
        fresh_.push_back(pid);
    }
    cost_ = std::chrono::steady_clock::now() - begin;
    return {};
}

void Orphans::clear() {
    owners_.clear();
    fresh_.clear();
}

Orphans::Owner Orphans::find_owner(pid_t pid) const {
    if (const pid_t session = ::getsid(pid); session > 0) {
        if (const Runner* hook = processes_.hook_leader_of(session)) return {hook, true};   // first: its number may have been a run's before
        if (const Runner* leader = processes_.leader_of(session)) return {leader, false};
    }
    const auto marks = posix::read_marks(pid);
    const Runner* worker = marks.run == run_ ? find_worker_(marks.worker) : nullptr;
    return {worker, worker != nullptr && marks.hook};
}

std::vector<pid_t> Orphans::all() const {
    std::vector<pid_t> found;
    for (const auto& [pid, owner] : owners_) found.push_back(pid);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<pid_t> Orphans::owned_by(const Owner& owner) const {
    std::vector<pid_t> found;
    for (const auto& [pid, its_owner] : owners_)
        if (its_owner == owner) found.push_back(pid);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<pid_t> Orphans::of(const Runner* runner) const { return owned_by({runner, false}); }
std::vector<pid_t> Orphans::of_hook(const Runner* runner) const { return owned_by({runner, true}); }

std::vector<pid_t> Orphans::fresh_of(const Runner* runner) const {
    std::vector<pid_t> found;
    for (const pid_t pid : fresh_) {
        const auto owner = owners_.find(pid);
        if (owner != owners_.end() && owner->second.runner == runner && !owner->second.of_hook) found.push_back(pid);
    }
    return found;
}

}  // namespace talos::supervisor
