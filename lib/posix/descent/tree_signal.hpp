#pragma once
#include "core/time.hpp"
#include "posix/descent/descendants.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sys/types.h>

namespace talos::posix {

/// Signals our own child and all its descendants, in parts, then SIGCONT to each but after SIGSTOP, so that stopped ones act on it. Nothing once
/// it was reaped: the number may have come to mean another process, which is left alone. Each process is signalled through a pidfd, after it was
/// found to be the one that was listed. Those that are forked meanwhile are missed; they become our children when their parents end.
class TreeSignal {
public:
    /// `child` means the process that has this number at this moment.
    TreeSignal(pid_t child, int signal);

    /// Goes on until then, with one process at least; true when all were signalled. The child itself is the last.
    [[nodiscard]] bool step(SteadyTime end);
    [[nodiscard]] std::size_t count() const { return count_; }

private:
    [[nodiscard]] bool find_child();
    void signal_one(const ProcessKey& process);

    pid_t child_;
    int signal_;
    std::uint64_t asked_at_;   // ticks
    UniqueFd held_;
    std::optional<Descendants> tree_;
    bool listed_ = false;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
};

/// All of it at once. Returns how many were signalled.
std::size_t signal_tree(pid_t child, int signal);

}   // namespace talos::posix
