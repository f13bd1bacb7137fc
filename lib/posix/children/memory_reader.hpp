#pragma once
#include "core/result.hpp"
#include "posix/children/memory_queue.hpp"
#include "posix/processes/process_tree.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// Reads data in the memory of other processes (environment, arguments) without blocking on them.
///
/// The kernel reads /proc/PID/environ and /proc/PID/cmdline from the memory of the process, under its lock. Another thread of
/// that process can hold the lock (mprotect, munmap), and a page may never arrive (userfaultfd, FUSE). So the process controls
/// how long the read takes, and only SIGKILL interrupts it. Therefore a child reads, and the caller kills the child if it makes
/// no progress. Files that do not depend on the memory never block: stat, status, comm, cgroup, fd.
namespace talos::posix {

struct ProcessMemory {
    Marks marks;
    std::string command;   ///< as returned by command_line(); only with AlsoRead::command
};

enum class AlsoRead : bool { nothing, command };

/// A child that reads `batch` in order. A process in an exec has no environment yet; it is read again until it has one, for at
/// most 50 ms for all such processes together.
class MemoryReader {
public:
    [[nodiscard]] static Result<MemoryReader> start(std::vector<MemoryOf> batch, AlsoRead also);
    MemoryReader(MemoryReader&&) noexcept = default;
    MemoryReader& operator=(MemoryReader&&) noexcept = default;
    ~MemoryReader() = default;   // the caller reaps the child

    [[nodiscard]] pid_t child() const { return child_; }
    /// Readable when take() has data to process. Non-blocking.
    [[nodiscard]] int descriptor() const { return pipe_.get(); }

    struct Answer {
        MemoryOf of;
        ProcessMemory memory;   ///< empty if the process has ended or reading it is not permitted
    };
    /// Appends the results since the last call. Returns false once the child has ended; there are no more results then.
    [[nodiscard]] bool take(std::vector<Answer>& answers);
    /// The process that the child is reading; nullptr after the child has ended.
    [[nodiscard]] const MemoryOf* reads() const { return current_ < batch_.size() ? &batch_[current_] : nullptr; }
    /// Sends SIGKILL to the child. Does nothing after it was reaped.
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

/// Reads all processes with such children, one after another, and blocks until done: at most 1 ms for each process plus
/// `longest`, which is reduced by the time used. The result has one entry for each process; nullopt if it could not be read in
/// time. `first` is as for MemoryQueue.
[[nodiscard]] std::vector<std::optional<ProcessMemory>> read_memory(const std::vector<MemoryOf>& processes, Millis& longest,
                                                                    std::vector<uid_t> first = {});

}   // namespace talos::posix
