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
        owners_.emplace(pid, owner_of(pid));
        fresh_.push_back(pid);
    }
    cost_ = std::chrono::steady_clock::now() - begin;
    return {};
}

void Orphans::clear() {
    owners_.clear();
    fresh_.clear();
}

Runner* Orphans::owner_of(pid_t pid) const {
    if (const pid_t session = ::getsid(pid); session > 0) {
        if (Runner* leader = processes_.leader_of(session)) return leader;
    }
    const auto marks = posix::read_marks(pid);
    return marks.run == run_ ? find_worker_(marks.worker) : nullptr;
}

std::vector<pid_t> Orphans::all() const {
    std::vector<pid_t> found;
    for (const auto& [pid, owner] : owners_) found.push_back(pid);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<pid_t> Orphans::of(const Runner* runner) const {
    std::vector<pid_t> found;
    for (const auto& [pid, owner] : owners_)
        if (owner == runner) found.push_back(pid);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<pid_t> Orphans::fresh_of(const Runner* runner) const {
    std::vector<pid_t> found;
    for (const pid_t pid : fresh_) {
        const auto owner = owners_.find(pid);
        if (owner != owners_.end() && owner->second == runner) found.push_back(pid);
    }
    return found;
}

}  // namespace talos::supervisor
