#include "posix/tree_member.hpp"

#include "posix/identity.hpp"
#include "posix/process_tree.hpp"
#include <cerrno>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr int most_generations = 64;

bool descends(pid_t pid, pid_t main) {
    for (int generation = 0; generation < most_generations && pid > 1; ++generation) {
        const auto stat = read_stat(pid);
        if (!stat) return false;
        if (stat->ppid == main) return true;
        pid = stat->ppid;
    }
    return false;
}

}  // namespace

Membership membership(pid_t pid, const WorkerTree& tree) {
    if (pid <= 0 || tree.main <= 0) return Membership::stranger;
    if (pid == tree.main) return Membership::member;
    const pid_t session = ::getsid(pid);
    if (session < 0 && errno == ESRCH) return Membership::gone;
    if (session == tree.main) return Membership::member;
    const auto marks = read_marks(pid);
    if (!tree.run.empty() && marks.run == tree.run && marks.worker == tree.worker) return Membership::member;
    return descends(pid, tree.main) ? Membership::member : Membership::stranger;
}

}  // namespace talos::posix
