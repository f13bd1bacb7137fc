#include "posix/spawn.hpp"
#include "posix/descriptors.hpp"
#include "posix/exec_path.hpp"
#include "posix/identity.hpp"
#include "posix/pidfd.hpp"
#include "posix/spawn_child.hpp"
#include "posix/spawn_failure.hpp"
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// glibc's clone under the name that sanitizers do not intercept: newer ones of them take every clone for a fork of the whole process.
extern "C" int talos_plain_clone(int (*entry)(void*), void* stack_top, int flags, void* argument, ...) noexcept __asm__("__clone");

namespace talos::posix {
namespace {

constexpr std::size_t stack_size = std::size_t{64} * 1024;
constexpr int lowest_slot = STDERR_FILENO + 1;

using SpawnResult = boost::system::result<Spawned, SpawnFailure>;

/// Slots that hold what the child inherits, for the time of one spawn. Afterwards /dev/null stands there again; a pipe's write end that
/// stayed behind would keep the reader from ever seeing its end.
class FilledSlots {
public:
    explicit FilledSlots(int null) : null_(null) {}
    FilledSlots(const FilledSlots&) = delete;
    FilledSlots& operator=(const FilledSlots&) = delete;
    ~FilledSlots() {
        for (std::size_t i = 0; i < filled_; ++i) place(null_, used_.at(i));
    }

    /// False leaves errno.
    [[nodiscard]] bool fill(int slot, int fd) {
        if (!place(fd, slot)) return false;
        used_.at(filled_++) = slot;
        return true;
    }

private:
    static bool place(int fd, int slot) {
        int placed = -1;
        do {
            placed = ::dup3(fd, slot, O_CLOEXEC);
        } while (placed < 0 && (errno == EINTR || errno == EBUSY));
        return placed >= 0;
    }

    int null_;
    std::array<int, 4> used_{};
    std::size_t filled_ = 0;
};

/// What came of one clone or fork: a process, or `error`. The report is the child's.
struct Attempt {
    int error = 0;
    pid_t pid = 0;
    UniqueFd pidfd;
    std::uint64_t ticks_before = 0;
};

/// The child has failed and is dead or about to be, unless another user stopped it: it must not be left for a reaper that does not know it.
void discard(const UniqueFd& pidfd) {
    (void)send_signal(pidfd, SIGKILL);
    siginfo_t info{};
    constexpr int wait_for_pidfd = 3;   // P_PIDFD
    while (::syscall(SYS_waitid, wait_for_pidfd, pidfd.get(), &info, WEXITED, nullptr) < 0 && errno == EINTR) {}
}

Attempt clone_sharing(ChildPlan& plan, char* stack_top) {
    Attempt attempt;
    attempt.ticks_before = boottime_ticks();
    int pidfd = -1;
    plan.shared_table = true;
    plan.report_fd = -1;
    attempt.pid = talos_plain_clone(run_child, stack_top, CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
    if (attempt.pid < 0) attempt.error = errno;
    else attempt.pidfd.reset(pidfd);
    return attempt;
}

/// A pipe that closes by itself at the exec; the child's end above 3, which is a place the child has use for.
Result<Pipe> make_report_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error("pipe2");
    Pipe pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
    if (pipe.write.get() > lowest_slot) return pipe;
    UniqueFd above(::fcntl(pipe.write.get(), F_DUPFD_CLOEXEC, lowest_slot + 1));
    if (!above) return last_error("fcntl F_DUPFD_CLOEXEC");
    pipe.write = std::move(above);
    return pipe;
}

/// Another user may stop this child before its exec, and we would wait with it: it is woken as often as that happens, and does not live
/// longer than ten seconds like this.
void wait_for_report(const UniqueFd& pipe, const UniqueFd& pidfd) {
    constexpr int pause_ms = 100;
    pollfd entry{pipe.get(), POLLIN, 0};
    for (int pauses = 0; ::poll(&entry, 1, pause_ms) == 0; ++pauses) (void)send_signal(pidfd, pauses < 100 ? SIGCONT : SIGKILL);
}

void read_report(const UniqueFd& pipe, ChildReport& report) {
    ChildReport received;
    ssize_t size = 0;
    do {
        size = ::read(pipe.get(), &received, sizeof received);
    } while (size < 0 && errno == EINTR);
    if (size == static_cast<ssize_t>(sizeof received)) report = received;
}

Attempt fork_copying(ChildPlan& plan) {
    Attempt attempt;
    auto pipe = make_report_pipe();
    if (!pipe) {
        attempt.error = pipe.error().errno_value();
        return attempt;
    }
    attempt.ticks_before = boottime_ticks();
    plan.shared_table = false;
    plan.report_fd = pipe->write.get();
    attempt.pid = ::fork();
    if (attempt.pid == 0) run_child(&plan);
    if (attempt.pid < 0) {
        attempt.error = errno;
        return attempt;
    }
    auto pidfd = pidfd_open(attempt.pid);
    if (!pidfd) {
        attempt.error = pidfd.error().errno_value();
        ::kill(attempt.pid, SIGKILL);   // our own unreaped child: the number is its
        while (::waitpid(attempt.pid, nullptr, 0) < 0 && errno == EINTR) {}
        return attempt;
    }
    attempt.pidfd = std::move(*pidfd);
    pipe->write.reset();
    if (plan.grants != nullptr && plan.grants->credentials != nullptr) wait_for_report(pipe->read, attempt.pidfd);
    read_report(pipe->read, plan.report);
    return attempt;
}

bool refused_by_kernel(int error) { return error == EINVAL || error == ENOSYS || error == EPERM; }

/// Tries the cheap way while `method` says so, and gives it up for good where the kernel, or a filter before it, refuses.
Attempt start(ChildPlan& plan, Spawner::Method& method, char* stack_top) {
    const bool becomes_another = plan.grants != nullptr && plan.grants->credentials != nullptr;
    if (!becomes_another && method == Spawner::Method::shared_table) {
        auto attempt = clone_sharing(plan, stack_top);
        const bool unshare_failed = plan.report.step == static_cast<int>(SpawnStep::descriptors);
        if (!refused_by_kernel(unshare_failed ? plan.report.error : attempt.error)) return attempt;
        if (attempt.pidfd) discard(attempt.pidfd);
        plan.report = {};
        method = Spawner::Method::plain_fork;
    }
    return fork_copying(plan);
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));   // execve(2) changes none of them
    pointers.push_back(nullptr);
    return pointers;
}

std::uint64_t kernel_limit(rlim_t value) { return value == RLIM_INFINITY ? std::numeric_limits<std::uint64_t>::max() : value; }

bool limits_descriptors(const ChildAttributes* attributes) {
    return attributes != nullptr && std::any_of(attributes->limits.begin(), attributes->limits.end(),
                                                [](const LimitWish& wish) { return wish.resource == RLIMIT_NOFILE; });
}

/// The part of the plan that is copied from the request as it is.
ChildPlan plan_of(const SpawnRequest& request) {
    ChildPlan plan;
    plan.cwd = request.cwd.empty() ? nullptr : request.cwd.c_str();
    plan.parent = ::getpid();
    plan.death_signal = request.death_signal;
    plan.with_extra = request.extra_fd >= 0;
    plan.new_session = request.new_session;
    if (request.descriptor_limit && !limits_descriptors(request.attributes.get())) {
        plan.with_limit = true;
        plan.limit = {kernel_limit(request.descriptor_limit->rlim_cur), kernel_limit(request.descriptor_limit->rlim_max)};
    }
    return plan;
}

}  // namespace

Result<Spawner> Spawner::create(Method method) {
    Spawner spawner;
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null) return last_error("open /dev/null");
    const auto reserve = [&](UniqueFd& slot) {
        slot.reset(::fcntl(null.get(), F_DUPFD_CLOEXEC, lowest_slot));
        return static_cast<bool>(slot);
    };
    const bool reserved = std::all_of(spawner.slots_.begin(), spawner.slots_.end(), reserve) && reserve(spawner.held_) && reserve(spawner.null_);
    if (!reserved) return last_error("fcntl F_DUPFD_CLOEXEC /dev/null");
    spawner.stack_ = std::make_unique_for_overwrite<char[]>(stack_size);
    spawner.method_ = method;
    return spawner;
}

Result<> Spawner::hold_until_exec(const UniqueFd& lock) {
    if (::dup3(lock.get(), held_.get(), O_CLOEXEC) < 0) return last_error("dup3 " + std::to_string(lock.get()));
    return {};
}

void Spawner::remember_dispositions() { signals_to_reset_ = signals_not_default(); }

SpawnResult Spawner::spawn(const SpawnRequest& request) {
    if (request.argv.empty()) return SpawnFailure{SpawnStep::exec, EINVAL, "", "no command"};
    const auto candidates = exec_candidates(request.argv.front(), request.env);
    if (candidates.empty()) return SpawnFailure{SpawnStep::exec, ENOENT, "", "the command's name is empty"};
    const auto tried = pointers_to(candidates);
    const auto argv = pointers_to(request.argv);
    const auto envp = pointers_to(request.env);

    std::array<int, slot_count> slots{};
    std::transform(slots_.begin(), slots_.end(), slots.begin(), [](const UniqueFd& slot) { return slot.get(); });
    ChildPlan plan = plan_of(request);
    plan.candidates = tried.data();
    plan.argv = argv.data();
    plan.envp = envp.data();
    plan.slots = slots.data();
    plan.signals_to_reset = signals_to_reset_;
    std::optional<GrantPlan> grants;
    if (const auto* attributes = request.attributes.get()) plan.grants = &grants.emplace(*attributes);
    plan.low = static_cast<unsigned>(std::max(*std::max_element(slots.begin(), slots.end()), held_.get())) + 1;

    const AllSignalsBlocked blocked;
    FilledSlots filled(null_.get());
    const std::array<int, slot_count> given{request.stdin_fd, request.stdout_fd, request.stderr_fd, request.extra_fd};
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given.at(i) >= 0 && !filled.fill(slots.at(i), given.at(i))) {
            return SpawnFailure{SpawnStep::stdio, errno, "descriptor " + std::to_string(given.at(i)), ""};
        }
    }

    Attempt attempt = start(plan, method_, stack_.get() + stack_size);
    if (attempt.error != 0) return SpawnFailure{SpawnStep::clone, attempt.error, "", explain_clone_failure(attempt.error)};
    if (plan.report.step >= 0) {
        discard(attempt.pidfd);
        return explain(plan.report, request, candidates);
    }
    const auto ticks = child_start_ticks(attempt.pid, attempt.ticks_before, boottime_ticks());
    return Spawned{attempt.pid, std::move(attempt.pidfd), ticks};
}

}  // namespace talos::posix
