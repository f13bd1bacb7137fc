#include "posix/spawn/spawn.hpp"
#include "posix/files/hanging_mounts.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/processes/uninstrumented.hpp"
#include "posix/spawn/clone3.hpp"
#include "posix/spawn/exec_path.hpp"
#include "posix/spawn/spawn_attempt.hpp"
#include "posix/spawn/spawn_child.hpp"
#include "posix/spawn/spawn_failure.hpp"
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace talos::posix {
namespace {

constexpr int lowest_slot = STDERR_FILENO + 1;

using SpawnResult = boost::system::result<Spawned, SpawnFailure>;

/// Slots that hold the inherited descriptors during one spawn. Afterwards they refer to /dev/null again: if the write end of a
/// pipe stayed open here, its reader would never see the end of file.
class FilledSlots {
public:
    explicit FilledSlots(int null) : null_(null) {}
    FilledSlots(const FilledSlots&) = delete;
    FilledSlots& operator=(const FilledSlots&) = delete;
    ~FilledSlots() {
        for (std::size_t i = 0; i < filled_; ++i) place(null_, used_.at(i));
    }

    /// Returns false and sets errno on failure.
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

/// The child that tests CLONE_INTO_CGROUP: it exits at once. It shares memory with this process.
TALOS_UNINSTRUMENTED int exit_at_once(void*) {
    ::syscall(SYS_exit_group, 0);
    return 0;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));   // execve(2) does not modify them
    pointers.push_back(nullptr);
    return pointers;
}

std::uint64_t kernel_limit(rlim_t value) { return value == RLIM_INFINITY ? std::numeric_limits<std::uint64_t>::max() : value; }

/// The fields of the plan that are copied from the request unchanged.
ChildPlan plan_of(const SpawnRequest& request) {
    ChildPlan plan;
    plan.cwd = request.cwd.empty() ? nullptr : request.cwd.c_str();
    plan.parent = ::getpid();
    plan.death_signal = request.death_signal;
    plan.with_extra = request.extra_fd >= 0;
    plan.new_session = request.new_session;
    if (request.descriptor_limit) {
        plan.with_limit = true;
        plan.limit = {kernel_limit(request.descriptor_limit->rlim_cur), kernel_limit(request.descriptor_limit->rlim_max)};
    }
    return plan;
}

void restore(const Inherited& inherited, ChildPlan& plan) {
    plan.umask = static_cast<int>(inherited.umask);
    if (!inherited.file_size) return;
    plan.with_file_size = true;
    plan.file_size = {kernel_limit(inherited.file_size->rlim_cur), kernel_limit(inherited.file_size->rlim_max)};
}

}   // namespace

Result<Spawner> Spawner::create(Method method) {
    Spawner spawner;
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null) return last_error("open /dev/null");
    const auto reserve = [&](UniqueFd& slot) {
        slot.reset(::fcntl(null.get(), F_DUPFD_CLOEXEC, lowest_slot));
        return static_cast<bool>(slot);
    };
    const bool reserved = std::all_of(spawner.slots_.begin(), spawner.slots_.end(), reserve) &&
                          reserve(spawner.kept_until_exec_) && reserve(spawner.null_);
    if (!reserved) return last_error("fcntl F_DUPFD_CLOEXEC /dev/null");
    spawner.stack_ = std::make_unique_for_overwrite<char[]>(spawn_stack_size);
    spawner.method_ = method;
    return spawner;
}

Result<> Spawner::hold_until_exec(const UniqueFd& lock) {
    if (::dup3(lock.get(), kept_until_exec_.get(), O_CLOEXEC) < 0) return last_error("dup3 " + std::to_string(lock.get()));
    return {};
}

void Spawner::try_cgroup(int cgroup) {
    const AllSignalsBlocked blocked;
    int descriptor = -1;
    const pid_t pid = clone3_sharing(cgroup, stack_.get(), spawn_stack_size, exit_at_once, nullptr, descriptor);
    if (pid < 0) return;   // the first spawn selects the fallback
    const UniqueFd pidfd(descriptor);
    siginfo_t info{};
    constexpr int wait_for_pidfd = 3;   // P_PIDFD
    while (::syscall(SYS_waitid, wait_for_pidfd, pidfd.get(), &info, WEXITED, nullptr) < 0 && errno == EINTR) {}
    if (info.si_code != CLD_EXITED) into_cgroup_ = false;
}

void Spawner::remember_dispositions() { signals_to_reset_ = signals_not_default(); }

SpawnResult Spawner::start(const SpawnRequest& request) {
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
    plan.kept_fd = kept_until_exec_.get();
    if (inherited_) restore(*inherited_, plan);
    std::optional<GrantPlan> grants;
    if (const auto* attributes = request.attributes.get()) plan.grants = &grants.emplace(*attributes);
    plan.low = static_cast<unsigned>(std::max(*std::max_element(slots.begin(), slots.end()), kept_until_exec_.get())) + 1;

    const AllSignalsBlocked blocked;
    FilledSlots filled(null_.get());
    const std::array<int, slot_count> given{request.stdin_fd, request.stdout_fd, request.stderr_fd, request.extra_fd};
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given.at(i) >= 0 && !filled.fill(slots.at(i), given.at(i))) {
            return SpawnFailure{SpawnStep::stdio, errno, "descriptor " + std::to_string(given.at(i)), ""};
        }
    }

    // The working directory or program may be on such a file system, through a link that its user can change at any time.
    const bool may_hang = method_ == Method::shared_table && has_hanging_mounts();
    Ways ways{may_hang ? Method::plain_fork : method_, into_cgroup_};
    Attempt attempt = attempt_spawn(plan, request.cgroup_fd, ways, stack_.get() + spawn_stack_size);
    if (!may_hang) method_ = ways.method;
    into_cgroup_ = ways.into_cgroup;
    if (attempt.error != 0 && attempt.step == SpawnStep::clone)
        return SpawnFailure{SpawnStep::clone, attempt.error, "", explain_clone_failure(attempt.error)};
    if (attempt.error != 0) plan.report = {static_cast<int>(attempt.step), attempt.error, 0};
    if (plan.report.step >= 0) {
        if (attempt.pidfd) discard(attempt.pidfd);
        return explain(plan.report, request, candidates);
    }
    const auto ticks = child_start_ticks(attempt.pid, attempt.ticks_before, boottime_ticks());
    Spawned spawned{attempt.pid, std::move(attempt.pidfd), ticks};
    if (attempt.report) spawned.unconfirmed = std::make_unique<UnconfirmedExec>(std::move(attempt.report), request, candidates);
    return spawned;
}

SpawnResult Spawner::spawn(const SpawnRequest& request) {
    auto spawned = start(request);
    if (!spawned || !spawned->unconfirmed) return spawned;
    auto& unconfirmed = *spawned->unconfirmed;
    pollfd entry{unconfirmed.descriptor(), POLLIN, 0};
    int wakes = 0;
    for (; wakes < wake_limit && ::poll(&entry, 1, wake_interval_ms) == 0; ++wakes) (void)send_signal(spawned->pidfd, SIGCONT);
    const auto outcome = wakes < wake_limit ? unconfirmed.check().value_or(SpawnOutcome{})
                                            : SpawnOutcome{unconfirmed.given_up(wake_limit * wake_interval_ms / 1000)};
    if (!outcome) {
        discard(spawned->pidfd);
        return outcome.error();
    }
    spawned->unconfirmed.reset();
    return spawned;
}

void set_variable(SpawnRequest& request, const std::string& name, const std::string& value) {
    const auto prefix = name + '=';
    std::erase_if(request.env, [&prefix](const std::string& entry) { return entry.starts_with(prefix); });
    request.env.push_back(prefix + value);
}

}   // namespace talos::posix
