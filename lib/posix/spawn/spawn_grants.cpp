#include "posix/processes/uninstrumented.hpp"
#include "posix/spawn/spawn.hpp"
#include "posix/spawn/spawn_child.hpp"
#include <cerrno>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// On 32-bit systems, the plain names are calls with 16-bit IDs.
#ifdef SYS_setresuid32
#define TALOS_SETGROUPS SYS_setgroups32
#define TALOS_SETRESGID SYS_setresgid32
#define TALOS_SETRESUID SYS_setresuid32
#else
#define TALOS_SETGROUPS SYS_setgroups
#define TALOS_SETRESGID SYS_setresgid
#define TALOS_SETRESUID SYS_setresuid
#endif

namespace talos::posix {
namespace {

struct KernelLimit {
    std::uint64_t soft, hard;
};

TALOS_UNINSTRUMENTED void set_oom_score(ChildPlan& plan, const char* text, std::size_t size) {
    const long file = ::syscall(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
    if (file < 0 || ::syscall(SYS_write, file, text, size) < 0) fail(plan, SpawnStep::oom_score, errno);
    ::syscall(SYS_close, file);
}

TALOS_UNINSTRUMENTED void set_limit(ChildPlan& plan, const GrantPlan::Limit& request, int index) {
    KernelLimit limit{};
    if (::syscall(SYS_prlimit64, 0, request.resource, nullptr, &limit) < 0) fail(plan, SpawnStep::limits, errno, index);
    if (request.with_soft) limit.soft = request.soft;
    if (request.with_hard) limit.hard = request.hard;
    if (!request.with_soft && limit.soft > limit.hard)
        limit.soft = limit.hard;   // only the hard limit was requested; the soft limit must not exceed it
    if (::syscall(SYS_prlimit64, 0, request.resource, &limit, nullptr) < 0) fail(plan, SpawnStep::limits, errno, index);
}

TALOS_UNINSTRUMENTED void become(ChildPlan& plan, const Credentials& credentials) {
    if (::syscall(TALOS_SETGROUPS, credentials.groups.size(), credentials.groups.data()) < 0)
        fail(plan, SpawnStep::groups, errno);
    if (::syscall(TALOS_SETRESGID, credentials.gid, credentials.gid, credentials.gid) < 0) fail(plan, SpawnStep::group, errno);
    if (::syscall(TALOS_SETRESUID, credentials.uid, credentials.uid, credentials.uid) < 0) fail(plan, SpawnStep::user, errno);
}

}   // namespace

// Steps that need the parent's privileges come before dropping them.
TALOS_UNINSTRUMENTED void take_grants(ChildPlan& plan) {
    const GrantPlan& grants = *plan.grants;
    if (!grants.oom_score_adj.empty()) set_oom_score(plan, grants.oom_score_adj.data(), grants.oom_score_adj.size());
    if (grants.with_nice && ::syscall(SYS_setpriority, PRIO_PROCESS, 0, grants.nice) < 0) fail(plan, SpawnStep::nice, errno);
    if (!grants.cpu_mask.empty() &&
        ::syscall(SYS_sched_setaffinity, 0, grants.cpu_mask.size() * sizeof(unsigned long), grants.cpu_mask.data()) < 0) {
        fail(plan, SpawnStep::affinity, errno);
    }
    int index = 0;
    for (const auto& limit : grants.limits) set_limit(plan, limit, index++);
    if (grants.umask >= 0) ::syscall(SYS_umask, grants.umask);
    if (grants.credentials != nullptr) become(plan, *grants.credentials);
    if (grants.no_new_privileges && ::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        fail(plan, SpawnStep::no_new_privileges, errno);
    }
}

}   // namespace talos::posix
