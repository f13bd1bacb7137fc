#pragma once
#include <string_view>
#include <sys/types.h>

namespace talos::posix {

/// The processes of one run of a worker.
struct WorkerTree {
    pid_t main = 0;              ///< leads its session, and is not reaped
    std::string_view worker;     ///< the marks in the environment
    std::string_view run;
};

enum class Membership { member, stranger, gone };

/// By its session, by its marks, or because it descends from main. `gone`: there is no such process (any more).
[[nodiscard]] Membership membership(pid_t pid, const WorkerTree& tree);

}  // namespace talos::posix
