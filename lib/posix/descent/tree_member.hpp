#pragma once
#include "posix/descent/cgroup.hpp"
#include <cstdint>
#include <string>
#include <sys/types.h>

/// Determines which run a process belongs to, from facts of the kernel that a process cannot forge. Its environment is never
/// used.
namespace talos::posix {

/// Identifies a process until the next boot.
struct ProcessKey {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
};

/// The processes of one run of a worker.
struct WorkerTree {
    pid_t main = 0;                        ///< leader of its session; not reaped
    const CgroupTree* cgroups = nullptr;   ///< nullptr if the run has no cgroup of its own
    std::string leaf{};                    ///< the cgroup of the run
};

enum class Membership { member, unrelated, ended };

/// A process in the cgroup of the run is a member, regardless of its session and parents. A process in the cgroup of another run,
/// hook or probe is not. A process in none of these (there are no cgroups, or root moved it) is a member if it is in the session
/// of main or descends from main. `ended`: the process does not exist.
[[nodiscard]] Membership membership(pid_t pid, const WorkerTree& tree);

/// The child of `ancestor` that is `pid` or an ancestor of `pid`; 0 if `pid` does not descend from `ancestor`.
[[nodiscard]] pid_t child_above(pid_t pid, pid_t ancestor);

}   // namespace talos::posix
