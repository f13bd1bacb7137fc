#pragma once
#include "core/time.hpp"
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <sys/types.h>
#include <vector>

namespace talos::posix {

/// A process whose environment and arguments are to be read.
struct MemoryOf {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    uid_t user = 0;   ///< real user ID; a setuid program or one that may not be traced counts as its caller's
    friend bool operator==(const MemoryOf&, const MemoryOf&) = default;
};

/// Decides in which order processes are read and how long a read may take, so that a process that hangs delays the others as
/// little as possible. Pure.
///
/// A child reads a batch of processes one by one. If it makes no progress, the caller kills it and reports the process on which
/// it hung. From then on, processes of that user come after those of all other users, and each further attempt may take longer.
class MemoryQueue {
public:
    /// `first`: users whose processes are read before those of others, in this order.
    explicit MemoryQueue(std::vector<uid_t> first = {}) : first_(std::move(first)) {}

    void add(const MemoryOf& of, SteadyTime now);
    /// Removes a process. An unknown PID is ignored.
    void remove(pid_t pid);
    [[nodiscard]] bool empty() const { return waiting_.empty(); }
    [[nodiscard]] bool contains(pid_t pid) const;

    /// All queued processes, in the order in which they must be read.
    [[nodiscard]] std::vector<MemoryOf> batch();
    /// The time limit for the next read of this process.
    [[nodiscard]] Millis patience(pid_t pid) const;
    /// Reports that the child hung on this process.
    void stalled(pid_t pid, SteadyTime now);
    /// Whether a read of a process of this user stalled within the last minute.
    [[nodiscard]] bool suspects(uid_t user, SteadyTime now) const;
    /// Removes and returns the processes that were queued at `earliest` or before.
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
    std::map<uid_t, SteadyTime> stalled_;   // when a read of one of its processes last stalled
};

}   // namespace talos::posix
