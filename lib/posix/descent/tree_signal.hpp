#pragma once
#include "core/time.hpp"
#include "posix/descent/descendants.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sys/types.h>

namespace talos::posix {

/// Signals a child and all its descendants, in slices. After each signal but SIGSTOP, it sends SIGCONT, so that stopped processes
/// act on the signal. Does nothing after the child was reaped, because another process may have its PID. Each process is
/// signalled through a pidfd, after a check that it is the listed one. Processes forked in the meantime are missed; this process
/// adopts them when their parents end.
class TreeSignal {
public:
    /// `child` is the process that has this PID now.
    TreeSignal(pid_t child, int signal);

    /// Runs until `end`, but signals at least one process. Returns true when all were signalled. The child is signalled last.
    [[nodiscard]] bool step(SteadyTime end);
    [[nodiscard]] std::size_t count() const { return count_; }

private:
    [[nodiscard]] bool find_child();
    void signal_one(const ProcessKey& process);

    pid_t child_;
    int signal_;
    std::uint64_t asked_at_;   // ticks
    UniqueFd pidfd_;
    std::optional<Descendants> tree_;
    bool listed_ = false;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
};

/// Runs TreeSignal to completion. Returns how many processes were signalled.
std::size_t signal_tree(pid_t child, int signal);

}   // namespace talos::posix
