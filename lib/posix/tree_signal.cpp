#include "posix/tree_signal.hpp"

#include "posix/identity.hpp"
#include "posix/pidfd.hpp"
#include "posix/process_tree.hpp"
#include <csignal>
#include <unistd.h>
#include <unordered_set>

namespace talos::posix {

namespace {

bool signal_one(const UniqueFd& pidfd, int signal) {
    if (!send_signal(pidfd, signal)) return false;
    if (signal != SIGKILL && signal != SIGSTOP && signal != SIGCONT) (void)send_signal(pidfd, SIGCONT);
    return true;
}

}  // namespace

std::size_t signal_tree(pid_t child, int signal) {
    if (child <= 1) return 0;
    const auto held = pidfd_open(child);
    const auto its = held ? read_stat(child) : Result<ProcessStat>(held.error());
    if (!its || its->ppid != ::getpid()) return 0;   // it was reaped, and the number may be another's by now
    const auto descendants = descendants_of(child);
    const std::unordered_set<pid_t> tree = [&] {
        std::unordered_set<pid_t> members(descendants.begin(), descendants.end());
        members.insert(child);
        return members;
    }();
    std::size_t count = 0;
    for (const pid_t pid : descendants) {
        const auto pidfd = pidfd_open(pid);
        if (!pidfd) continue;
        // the descriptor is open: if this PID still has a parent in the tree, it is the process that was listed
        const auto stat = read_stat(pid);
        if (!stat || !tree.contains(stat->ppid)) continue;
        if (signal_one(*pidfd, signal)) ++count;
    }
    if (signal_one(*held, signal)) ++count;
    return count;
}

}  // namespace talos::posix
