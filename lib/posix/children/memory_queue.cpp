#include "posix/children/memory_queue.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace talos::posix {

namespace {

/// The first limit is short, so that hundreds of processes that hang are each tried once within a second. On a busy machine the
/// later limits are needed.
constexpr std::array<Millis, 3> patience_after{Millis{20}, Millis{100}, Millis{400}};
constexpr std::chrono::minutes suspicion{1};

}   // namespace

void MemoryQueue::add(const MemoryOf& of, SteadyTime now) {
    remove(of.pid);
    waiting_.push_back({of, now});
}

void MemoryQueue::remove(pid_t pid) {
    std::erase_if(waiting_, [&](const Waiting& one) { return one.of.pid == pid; });
}

bool MemoryQueue::contains(pid_t pid) const {
    return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.of.pid == pid; });
}

std::size_t MemoryQueue::rank(uid_t user) const {
    return static_cast<std::size_t>(std::find(first_.begin(), first_.end(), user) - first_.begin());
}

std::vector<MemoryOf> MemoryQueue::batch() {
    const auto place = [this](const Waiting& one) {
        return std::tuple(stalled_.contains(one.of.user), one.stalls, rank(one.of.user));
    };
    std::stable_sort(waiting_.begin(), waiting_.end(), [&](const Waiting& a, const Waiting& b) { return place(a) < place(b); });
    std::vector<MemoryOf> all;
    all.reserve(waiting_.size());
    for (const auto& one : waiting_) all.push_back(one.of);
    return all;
}

Millis MemoryQueue::patience(pid_t pid) const {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.of.pid == pid; });
    const auto stalls = found == waiting_.end() ? 0u : found->stalls;
    return patience_after.at(std::min<std::size_t>(stalls, patience_after.size() - 1));
}

void MemoryQueue::stalled(pid_t pid, SteadyTime now) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.of.pid == pid; });
    if (found == waiting_.end()) return;
    ++found->stalls;
    std::erase_if(stalled_, [&](const auto& entry) { return now - entry.second > suspicion; });
    stalled_[found->of.user] = now;
}

bool MemoryQueue::suspects(uid_t user, SteadyTime now) const {
    const auto found = stalled_.find(user);
    return found != stalled_.end() && now - found->second <= suspicion;
}

std::vector<MemoryOf> MemoryQueue::take_waiting_since(SteadyTime earliest) {
    std::vector<MemoryOf> late;
    std::erase_if(waiting_, [&](const Waiting& one) {
        if (one.since > earliest) return false;
        late.push_back(one.of);
        return true;
    });
    return late;
}

}   // namespace talos::posix
