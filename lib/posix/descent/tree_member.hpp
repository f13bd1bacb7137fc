#pragma once
#include "posix/descent/cgroup.hpp"
#include <cstdint>
#include <string>
#include <sys/types.h>

/// Whose process a PID is, by facts that the kernel keeps and no process can choose: never by its environment.
namespace talos::posix {

/// A process, as long as this boot lasts.
struct ProcessKey {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
};

/// The processes of one run of a worker.
struct WorkerTree {
    pid_t main = 0;                        ///< leads its session, and is not reaped
    const CgroupTree* cgroups = nullptr;   ///< null where the run has no cgroup of its own
    std::string leaf{};                    ///< the run's
};

enum class Membership { member, stranger, gone };

/// By its cgroup: the run's makes it a member, whatever its session and its parents are; that of another run, hook or probe does not.
/// A process that is in none of these (there are no cgroups, or root has moved it) is a member by its session or by descent from main.
/// `gone`: there is no such process (any more).
[[nodiscard]] Membership membership(pid_t pid, const WorkerTree& tree);

/// The child of `ancestor` that `pid` descends from, which may be `pid` itself; 0 when it does not descend from it.
[[nodiscard]] pid_t child_above(pid_t pid, pid_t ancestor);

}   // namespace talos::posix
