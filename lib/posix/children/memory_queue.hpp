#pragma once
#include "core/time.hpp"
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <sys/types.h>
#include <vector>

namespace talos::posix {

/// A process whose memory is to be read: its environment and its arguments.
struct MemoryOf {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    uid_t user =
        0;   ///< its real one, as the kernel says: setuid programs and those that may not be traced count as their caller's
    friend bool operator==(const MemoryOf&, const MemoryOf&) = default;
};

/// In which order processes are read, and how long a read may take, so that one that cannot be read delays the others as little as possible. Pure.
///
/// A child reads a batch, one process after another. When it makes no progress, the caller kills it and names the process on which it hangs.
/// From then on the processes of that user come after those of all others, and each further attempt may take longer.
class MemoryQueue {
public:
    /// `first`: users whose processes come before those of others, in this order.
    explicit MemoryQueue(std::vector<uid_t> first = {}) : first_(std::move(first)) {}

    void add(const MemoryOf& of, SteadyTime now);
    /// It is not to be read any more. Unknown ones are ignored.
    void remove(pid_t pid);
    [[nodiscard]] bool empty() const { return waiting_.empty(); }
    [[nodiscard]] bool contains(pid_t pid) const;

    /// All that wait, in the order in which they are to be read.
    [[nodiscard]] std::vector<MemoryOf> batch();
    /// How long a child may take for it, this time.
    [[nodiscard]] Millis patience(pid_t pid) const;
    /// The child hung on it.
    void stalled(pid_t pid, SteadyTime now);
    /// Whether a read of a process of this user has stalled within the last minute.
    [[nodiscard]] bool suspects(uid_t user, SteadyTime now) const;
    /// Takes out those that have waited since `earliest` or longer.
    [[nodiscard]] std::vector<MemoryOf> take_waiting_since(SteadyTime earliest);

private:
    struct Waiting {
        MemoryOf of;
        SteadyTime since;
        unsigned stalls = 0;
    };
    [[nodiscard]] std::size_t rank(uid_t user) const;

    std::vector<uid_t> first_;
    std::vector<Waiting> waiting_;
    std::map<uid_t, SteadyTime> stalled_;   // when a read of one of its processes last hung
};

}   // namespace talos::posix
