#pragma once
#include "posix/rights/unique_fd.hpp"
#include "posix/spawn/spawn.hpp"
#include "posix/spawn/spawn_child.hpp"
#include <cstddef>
#include <cstdint>
#include <sys/types.h>

/// Creating the child that carries out a plan. For the spawner alone: all signals are blocked by the caller.
namespace talos::posix {

inline constexpr std::size_t spawn_stack_size = std::size_t{64} * 1024;

/// What came of one clone or fork: a process, or `error`. The report is the child's.
struct Attempt {
    int error = 0;
    SpawnStep step = SpawnStep::clone;   ///< what `error` is about
    pid_t pid = 0;
    UniqueFd pidfd;
    UniqueFd report;   ///< of a child with memory of its own: its ChildReport, or the end of file at its exec
    std::uint64_t ticks_before = 0;
};

/// The ways that are tried; each is given up for good once the kernel, or a filter before it, has refused it.
struct Ways {
    Spawner::Method method = Spawner::Method::shared_table;
    bool into_cgroup = true;   ///< clone3(2) with CLONE_INTO_CGROUP
};

/// Returns once the child has exec'ed or failed, and for one with memory of its own as soon as it exists. `cgroup`: directory of the cgroup it is created in; -1: this process's.
/// `stack_top`: end of the stack of spawn_stack_size bytes that a child uses while it shares our memory, 16-byte aligned.
[[nodiscard]] Attempt attempt_spawn(ChildPlan& plan, int cgroup, Ways& ways, char* stack_top);

/// Ends and reaps a child that has failed, so that no reaper meets a process it does not know.
void discard(const UniqueFd& pidfd);

}   // namespace talos::posix
