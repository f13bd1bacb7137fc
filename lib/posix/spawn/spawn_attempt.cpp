#include "posix/spawn/spawn_attempt.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/spawn/clone3.hpp"
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

/// glibc's clone by an alias that sanitizers do not intercept: newer sanitizers treat every clone as a fork of the whole process.
extern "C" int talos_plain_clone(int (*entry)(void*), void* stack_top, int flags, void* argument, ...) noexcept
    __asm__("__clone");

namespace talos::posix {
namespace {

constexpr int lowest_slot = STDERR_FILENO + 1;

/// `cgroup`: the cgroup to create the child in; -1: none, or the child moves there itself.
Attempt clone_sharing(ChildPlan& plan, int cgroup, char* stack_top) {
    Attempt attempt;
    attempt.ticks_before = boottime_ticks();
    int pidfd = -1;
    plan.shared_table = true;
    plan.report_fd = -1;
    if (cgroup >= 0) {
        attempt.pid = clone3_sharing(cgroup, stack_top - spawn_stack_size, spawn_stack_size, run_child, &plan, pidfd);
    } else {
        attempt.pid =
            talos_plain_clone(run_child, stack_top, CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
        if (attempt.pid < 0) attempt.pid = -errno;
    }
    if (attempt.pid < 0) attempt.error = -attempt.pid;
    else attempt.pidfd.reset(pidfd);
    return attempt;
}

/// A pipe that closes at the exec. The child's end is above 3, because the child uses descriptor 3.
Result<Pipe> make_report_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error("pipe2");
    Pipe pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
    if (const auto set = set_nonblocking(pipe.read.get()); !set) return set.error();
    if (pipe.write.get() > lowest_slot) return pipe;
    UniqueFd above(::fcntl(pipe.write.get(), F_DUPFD_CLOEXEC, lowest_slot + 1));
    if (!above) return last_error("fcntl F_DUPFD_CLOEXEC");
    pipe.write = std::move(above);
    return pipe;
}

/// Returns errno, or 0 and a process. Does not return in the child.
int fork_child(ChildPlan& plan, int cgroup, Attempt& attempt) {
    int pidfd = -1;
    const pid_t pid = cgroup >= 0 ? clone3_copying(cgroup, pidfd) : ::fork();
    if (pid == 0) run_child(&plan);
    if (pid < 0) return cgroup >= 0 ? -pid : errno;
    attempt.pid = pid;
    if (pidfd < 0) {
        auto opened = pidfd_open(pid);
        if (!opened) {
            ::kill(pid, SIGKILL);   // the child is not reaped, so the PID is valid
            while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
            return opened.error().errno_value();
        }
        attempt.pidfd = std::move(*opened);
    } else {
        attempt.pidfd.reset(pidfd);
    }
    return 0;
}

Attempt fork_copying(ChildPlan& plan, int cgroup) {
    Attempt attempt;
    auto pipe = make_report_pipe();
    if (!pipe) {
        attempt.error = pipe.error().errno_value();
        return attempt;
    }
    attempt.ticks_before = boottime_ticks();
    plan.shared_table = false;
    plan.report_fd = pipe->write.get();
    if (const int error = fork_child(plan, cgroup, attempt); error != 0) {
        attempt.error = error;
        return attempt;
    }
    pipe->write.reset();
    attempt.report = std::move(pipe->read);
    return attempt;
}

bool refused_by_kernel(int error) { return error == EINVAL || error == ENOSYS || error == EPERM; }

/// E2BIG means that the kernel has clone3 but does not support this argument.
bool clone3_refused(int error) { return refused_by_kernel(error) || error == E2BIG; }

/// Errors that concern only this cgroup. Writing to its cgroup.procs may succeed, and otherwise returns the reason.
bool cgroup_refused(int error) {
    return error == EOPNOTSUPP || error == EBUSY || error == EACCES || error == ENODEV || error == ENOENT || error == EBADF;
}

Attempt attempt(ChildPlan& plan, int cgroup, Ways& ways, char* stack_top) {
    const bool becomes_another = plan.grants != nullptr && plan.grants->credentials != nullptr;
    if (!becomes_another && ways.method == Spawner::Method::shared_table) {
        auto shared = clone_sharing(plan, cgroup, stack_top);
        const bool unshare_failed = plan.report.step == static_cast<int>(SpawnStep::descriptors);
        if (!refused_by_kernel(unshare_failed ? plan.report.error : shared.error)) return shared;
        if (cgroup >= 0 && !unshare_failed) return shared;   // the kernel may refuse clone3 and not the sharing
        if (shared.pidfd) discard(shared.pidfd);
        plan.report = {};
        ways.method = Spawner::Method::plain_fork;
    }
    return fork_copying(plan, cgroup);
}

}   // namespace

void discard(const UniqueFd& pidfd) {
    (void)send_signal(pidfd, SIGKILL);
    siginfo_t info{};
    constexpr int wait_for_pidfd = 3;   // P_PIDFD
    while (::syscall(SYS_waitid, wait_for_pidfd, pidfd.get(), &info, WEXITED, nullptr) < 0 && errno == EINTR) {}
}

Attempt attempt_spawn(ChildPlan& plan, int cgroup, Ways& ways, char* stack_top) {
    if (cgroup < 0) return attempt(plan, -1, ways, stack_top);
    if (ways.into_cgroup) {
        auto created = attempt(plan, cgroup, ways, stack_top);
        if (clone3_refused(created.error)) ways.into_cgroup = false;
        else if (!cgroup_refused(created.error)) return created;
    }
    // A child's descriptors are copies. It writes to this one first, and the parent closes its own.
    const UniqueFd procs(::openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC));
    if (!procs) {
        Attempt failed;
        failed.error = errno;
        failed.step = SpawnStep::cgroup;
        return failed;
    }
    plan.cgroup_procs = procs.get();
    return attempt(plan, -1, ways, stack_top);
}

}   // namespace talos::posix
