#include "posix/descent/tree_member.hpp"

#include "posix/processes/identity.hpp"
#include "posix/processes/proc.hpp"
#include <cerrno>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr int most_generations = 64;

}   // namespace

pid_t child_above(pid_t pid, pid_t ancestor) {
    for (int generation = 0; generation < most_generations && pid > 1; ++generation) {
        const auto stat = read_stat(pid);
        if (!stat) return 0;
        if (stat->ppid == ancestor) return pid;
        pid = stat->ppid;
    }
    return 0;
}

Membership membership(pid_t pid, const WorkerTree& tree) {
    if (pid <= 0 || tree.main <= 0) return Membership::unrelated;
    if (pid == tree.main) return Membership::member;
    const auto leaf = tree.cgroups != nullptr ? tree.cgroups->leaf_of(pid) : std::nullopt;
    if (leaf) return *leaf == tree.leaf ? Membership::member : Membership::unrelated;
    const pid_t session = ::getsid(pid);
    if (session < 0 && errno == ESRCH) return Membership::ended;
    if (session == tree.main) return Membership::member;
    return child_above(pid, tree.main) != 0 ? Membership::member : Membership::unrelated;
}

}   // namespace talos::posix
