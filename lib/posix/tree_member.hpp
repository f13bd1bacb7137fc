#pragma once
#include <sys/types.h>

/// Whose process a PID is, by facts that the kernel keeps and no process can choose: never by its environment.
namespace talos::posix {

/// The processes of one run of a worker.
struct WorkerTree {
    pid_t main = 0;              ///< leads its session, and is not reaped
};

enum class Membership { member, stranger, gone };

/// By its session, or because it descends from main. `gone`: there is no such process (any more).
[[nodiscard]] Membership membership(pid_t pid, const WorkerTree& tree);

/// The child of `ancestor` that `pid` descends from, which may be `pid` itself; 0 when it does not descend from it.
[[nodiscard]] pid_t child_above(pid_t pid, pid_t ancestor);

}  // namespace talos::posix
