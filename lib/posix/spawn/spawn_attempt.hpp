#pragma once
#include "posix/rights/unique_fd.hpp"
#include "posix/spawn/spawn.hpp"
#include "posix/spawn/spawn_child.hpp"
#include <cstddef>
#include <cstdint>
#include <sys/types.h>

/// Creates the child that executes a plan. Only the spawner uses it. The caller must block all signals.
namespace talos::posix {

inline constexpr std::size_t spawn_stack_size = std::size_t{64} * 1024;

/// The result of one clone or fork: a process, or `error`.
struct Attempt {
    int error = 0;
    SpawnStep step = SpawnStep::clone;   ///< the step that failed with `error`
    pid_t pid = 0;
    UniqueFd pidfd;
    UniqueFd report;   ///< for a child with its own memory: a ChildReport, or end of file at its exec
    std::uint64_t ticks_before = 0;
};

/// The methods to try. A method is abandoned permanently once the kernel or a filter refuses it.
struct Ways {
    Spawner::Method method = Spawner::Method::shared_table;
    bool into_cgroup = true;   ///< clone3(2) with CLONE_INTO_CGROUP
};

/// Returns once the child has called exec or failed, or, for a child with its own memory, as soon as it exists. `cgroup` is the
/// directory of the cgroup to create it in; -1 means that of this process. `stack_top` is the 16-byte aligned end of a stack of
/// spawn_stack_size bytes, for a child that shares our memory.
[[nodiscard]] Attempt attempt_spawn(ChildPlan& plan, int cgroup, Ways& ways, char* stack_top);

/// Kills and reaps a child that has failed, so that no other code has to reap it.
void discard(const UniqueFd& pidfd);

}   // namespace talos::posix
