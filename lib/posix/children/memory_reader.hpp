#pragma once
#include "core/result.hpp"
#include "posix/children/memory_queue.hpp"
#include "posix/processes/process_tree.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// Reading what other processes have in their memory, their environment and their arguments, without waiting for them.
///
/// The kernel reads /proc/PID/environ and /proc/PID/cmdline from the process's memory, under its lock. Another thread of the process can
/// hold that lock (mprotect, munmap), and a page can be one that never comes (userfaultfd, FUSE), so that the read takes as long as the process
/// wants. No signal but SIGKILL interrupts it. Therefore a child reads, and is killed when it makes no progress. What says nothing of the
/// memory does not wait: stat, status, comm, cgroup, fd.
namespace talos::posix {

struct ProcessMemory {
    Marks marks;
    std::string command;   ///< as command_line() gives it; only where it was asked for
};

enum class AlsoRead : bool { nothing, command };

/// A child that reads `batch`, in that order. A process in the middle of its exec, which has no environment yet, is read again until it has
/// one, all such together for 50 ms at most.
class MemoryReader {
public:
    [[nodiscard]] static Result<MemoryReader> start(std::vector<MemoryOf> batch, AlsoRead also);
    MemoryReader(MemoryReader&&) noexcept = default;
    MemoryReader& operator=(MemoryReader&&) noexcept = default;
    ~MemoryReader() = default;   // the child is the caller's

    [[nodiscard]] pid_t child() const { return child_; }
    /// Readable when take() has something to do. Does not block.
    [[nodiscard]] int descriptor() const { return pipe_.get(); }

    struct Answer {
        MemoryOf of;
        ProcessMemory memory;   ///< empty for one that has ended, or that may not be read
    };
    /// Adds what the child has found since. False once it has ended: no more comes.
    [[nodiscard]] bool take(std::vector<Answer>& answers);
    /// What the child reads now; nothing after its end.
    [[nodiscard]] const MemoryOf* reads() const { return current_ < batch_.size() ? &batch_[current_] : nullptr; }
    /// SIGKILL; nothing once it was reaped.
    void kill() const;

private:
    MemoryReader(std::vector<MemoryOf> batch, pid_t child, UniqueFd pidfd, UniqueFd pipe)
        : batch_(std::move(batch)), child_(child), pidfd_(std::move(pidfd)), pipe_(std::move(pipe)) {}
    bool parse(std::vector<Answer>& answers);

    std::vector<MemoryOf> batch_;
    pid_t child_;
    UniqueFd pidfd_;
    UniqueFd pipe_;
    std::string text_;
    std::size_t current_ = 0;
};

/// Reads all of them by such children, one after another, and waits for that: for 1 ms for each process and `longest` more, which is reduced
/// by what was used of it. The result has an entry for each; nothing for one that could not be read in time. `first`: as for MemoryQueue.
[[nodiscard]] std::vector<std::optional<ProcessMemory>> read_memory(const std::vector<MemoryOf>& processes, Millis& longest,
                                                                    std::vector<uid_t> first = {});

}   // namespace talos::posix
