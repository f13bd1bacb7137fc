#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <sys/types.h>
#include <unordered_map>
#include <utility>

namespace talos::engine {

/// Children that were found and not yet looked at, first come, first served. A look costs several reads of /proc, and any user can leave talosd
/// thousands of children at once, so that a turn of the loop looks at some of them only.
class Unseen {
public:
    /// Once for each process. `number` grows from one to the next.
    void found(pid_t pid, std::uint64_t number) {
        numbers_.insert_or_assign(pid, number);
        queue_.emplace_back(pid, number);
    }
    [[nodiscard]] bool knows(pid_t pid) const { return numbers_.contains(pid); }
    /// It was reaped: from here on its PID means another process.
    void gone(pid_t pid) { numbers_.erase(pid); }
    void clear() {
        numbers_.clear();
        queue_.clear();
    }

    /// The next to be looked at, which is unseen no longer; nothing when all were.
    [[nodiscard]] std::optional<std::pair<pid_t, std::uint64_t>> take() {
        skip_gone();
        if (queue_.empty()) return std::nullopt;
        const auto next = queue_.front();
        queue_.pop_front();
        numbers_.erase(next.first);
        return next;
    }
    [[nodiscard]] bool empty() const { return numbers_.empty(); }
    /// Whether one of those up to this number is among them.
    [[nodiscard]] bool any_up_to(std::uint64_t number) {
        skip_gone();
        return !queue_.empty() && queue_.front().second <= number;
    }
    /// Their PIDs, each with its number.
    [[nodiscard]] const std::unordered_map<pid_t, std::uint64_t>& all() const { return numbers_; }

private:
    void skip_gone() {
        while (!queue_.empty()) {
            const auto known = numbers_.find(queue_.front().first);
            if (known != numbers_.end() && known->second == queue_.front().second) return;
            queue_.pop_front();
        }
    }

    std::unordered_map<pid_t, std::uint64_t> numbers_;
    std::deque<std::pair<pid_t, std::uint64_t>> queue_;   // also some that are gone
};

}   // namespace talos::engine
