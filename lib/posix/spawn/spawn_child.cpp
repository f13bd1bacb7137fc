#include "posix/spawn/spawn_child.hpp"
#include "posix/processes/uninstrumented.hpp"
#include "posix/spawn/spawn.hpp"
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {

TALOS_UNINSTRUMENTED void fail(ChildPlan& plan, SpawnStep step, int error, int detail) {
    plan.report.step = static_cast<int>(step);
    plan.report.error = error;
    plan.report.detail = detail;
    if (plan.report_fd >= 0) ::syscall(SYS_write, plan.report_fd, &plan.report, sizeof plan.report);
    ::syscall(SYS_exit_group, 127);
}

namespace {

constexpr int signal_count = 64;
constexpr std::size_t kernel_mask_size = 8;
constexpr std::uint64_t no_signal = 0;
constexpr std::uint64_t every_signal = ~std::uint64_t{0};
constexpr unsigned close_range_unshare = 1U << 1;   // CLOSE_RANGE_UNSHARE, Linux 5.9
constexpr unsigned close_range_cloexec = 1U << 2;   // CLOSE_RANGE_CLOEXEC, Linux 5.11

/// The kernel's struct sigaction. All zeros mean SIG_DFL on every architecture.
struct KernelSigaction {
    void* handler;
    unsigned long flags;
    void* restorer;
    std::uint64_t mask;
};

/// The parent's handlers must not run in its memory, and ignored signals would stay ignored after the exec.
TALOS_UNINSTRUMENTED void reset_dispositions(std::uint64_t which) {
    const KernelSigaction by_default{};
    for (int signal = 1; signal <= signal_count; ++signal) {
        if (signal == SIGKILL || signal == SIGSTOP || (which >> (signal - 1) & 1) == 0) continue;
        ::syscall(SYS_rt_sigaction, signal, &by_default, nullptr, kernel_mask_size);
    }
}

/// Between clone and setsid, the child is in the parent's process group. A Ctrl-C in that time was not meant for the child.
TALOS_UNINSTRUMENTED void drop_pending_signals() {
    const timespec at_once{};
    while (::syscall(SYS_rt_sigtimedwait, &every_signal, nullptr, &at_once, kernel_mask_size) > 0) {}
}

/// For kernels without CLOSE_RANGE_CLOEXEC.
TALOS_UNINSTRUMENTED void mark_each_cloexec(int first) {
    // struct linux_dirent64: inode (8 bytes), offset (8), length (2), type (1), name.
    alignas(8) char entries[1024];
    const long dir = ::syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (dir < 0) return;
    long size = 0;
    while ((size = ::syscall(SYS_getdents64, dir, entries, sizeof entries)) > 0) {
        for (long at = 0; at < size;) {
            const char* const entry = entries + at;
            int fd = 0;
            const char* digit = entry + 19;
            for (; *digit >= '0' && *digit <= '9'; ++digit) fd = fd * 10 + (*digit - '0');
            if (*digit == '\0' && fd >= first) ::syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
            at += static_cast<unsigned char>(entry[16]) | (static_cast<unsigned char>(entry[17]) << 8);   // the record length
        }
    }
    ::syscall(SYS_close, dir);
}

TALOS_UNINSTRUMENTED void mark_cloexec_from(int first) {
    if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, close_range_cloexec) < 0) mark_each_cloexec(first);
}

/// Returns false if the kernel does not support it.
TALOS_UNINSTRUMENTED bool close_between(int first, int last) {
    return first > last || ::syscall(SYS_close_range, static_cast<unsigned>(first), static_cast<unsigned>(last), 0) == 0;
}

/// Closes the descriptors that fork(2) has copied. The child's user can stop it before its exec for any length of time.
TALOS_UNINSTRUMENTED bool close_copies(int first, int one, int other) {
    constexpr int highest = 0x7fffffff;
    if (one > other) {
        const int larger = one;
        one = other;
        other = larger;
    }
    if (other < first) return close_between(first, highest);
    if (one < first) return close_between(first, other - 1) && close_between(other + 1, highest);
    return close_between(first, one - 1) && close_between(one + 1, other - 1) && close_between(other + 1, highest);
}

TALOS_UNINSTRUMENTED bool duplicate(int from, int to) { return ::syscall(SYS_dup3, from, to, 0) >= 0; }

TALOS_UNINSTRUMENTED void detach_from_parent(ChildPlan& plan) {
    if (!plan.new_session) return;
    if (::syscall(SYS_setsid) < 0) fail(plan, SpawnStep::setsid, errno);
    drop_pending_signals();
}

TALOS_UNINSTRUMENTED void die_with_parent(ChildPlan& plan) {
    if (::syscall(SYS_prctl, PR_SET_PDEATHSIG, plan.death_signal, 0, 0, 0) < 0) fail(plan, SpawnStep::death_signal, errno);
    // A parent that ended earlier does not cause the signal.
    if (::syscall(SYS_getppid) != plan.parent) fail(plan, SpawnStep::death_signal, ESRCH);
}

TALOS_UNINSTRUMENTED void place_descriptors(ChildPlan& plan) {
    for (int target = STDIN_FILENO; target <= STDERR_FILENO; ++target) {
        if (!duplicate(plan.slots[target], target)) fail(plan, SpawnStep::stdio, errno);
    }
    // Descriptor 3 may be the slot of stdin, which has been used already. The slot of the extra descriptor is always above 3.
    if (plan.with_extra && !duplicate(plan.slots[3], 3)) fail(plan, SpawnStep::stdio, errno);
    const int first = plan.with_extra ? 4 : 3;
    if (plan.report_fd >= 0 && close_copies(first, plan.report_fd, plan.kept_fd)) return;
    mark_cloexec_from(first);
}

TALOS_UNINSTRUMENTED bool worth_trying_the_next(int error) {
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ENAMETOOLONG || error == ESTALE ||
           error == ENODEV || error == ETIMEDOUT;
}

/// Like execvp(3): skips a file without execute permission, but reports it if no other file is found.
TALOS_UNINSTRUMENTED void execute(ChildPlan& plan) {
    int error = ENOENT;
    int candidate = 0;
    for (int i = 0; plan.candidates[i] != nullptr; ++i) {
        ::syscall(SYS_execve, plan.candidates[i], plan.argv, plan.envp);
        if (error != EACCES || !worth_trying_the_next(errno)) {
            error = errno;
            candidate = i;
        }
        if (!worth_trying_the_next(error)) break;
    }
    fail(plan, SpawnStep::exec, error, candidate);
}

}   // namespace

TALOS_UNINSTRUMENTED int run_child(void* argument) {
    ChildPlan& plan = *static_cast<ChildPlan*>(argument);
    if (plan.cgroup_procs >= 0 && ::syscall(SYS_write, plan.cgroup_procs, "0", 1) < 0) fail(plan, SpawnStep::cgroup, errno);
    if (plan.shared_table && ::syscall(SYS_close_range, plan.low, ~0U, close_range_unshare) < 0) {
        fail(plan, SpawnStep::descriptors, errno);
    }
    detach_from_parent(plan);
    reset_dispositions(plan.signals_to_reset);
    place_descriptors(plan);
    // Set after the descriptors are in place: the limit may be below their original numbers.
    if (plan.with_limit && ::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &plan.limit, nullptr) < 0)
        fail(plan, SpawnStep::limits, errno, descriptor_limit);
    if (plan.with_file_size && ::syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, &plan.file_size, nullptr) < 0)
        fail(plan, SpawnStep::limits, errno, file_size_limit);
    if (plan.umask >= 0) ::syscall(SYS_umask, plan.umask);
    if (plan.grants != nullptr) take_grants(plan);
    if (plan.death_signal != 0) die_with_parent(plan);   // a change of user clears it
    if (plan.cwd != nullptr && ::syscall(SYS_chdir, plan.cwd) < 0) fail(plan, SpawnStep::chdir, errno);
    if (::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signal, nullptr, kernel_mask_size) < 0)
        fail(plan, SpawnStep::signals, errno);
    execute(plan);
    return 127;
}

std::uint64_t signals_not_default() {
    std::uint64_t found = 0;
    for (int signal = 1; signal <= signal_count; ++signal) {
        KernelSigaction current{};
        const bool known = ::syscall(SYS_rt_sigaction, signal, nullptr, &current, kernel_mask_size) == 0;
        if (!known || current.handler != nullptr) found |= std::uint64_t{1} << (signal - 1);
    }
    return found;
}

AllSignalsBlocked::AllSignalsBlocked() { ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &every_signal, &before_, kernel_mask_size); }

AllSignalsBlocked::~AllSignalsBlocked() { ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, kernel_mask_size); }

}   // namespace talos::posix
