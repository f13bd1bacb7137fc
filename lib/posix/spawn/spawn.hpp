#pragma once
#include "core/boxed.hpp"
#include "core/result.hpp"
#include "posix/rights/child_attributes.hpp"
#include "posix/rights/unique_fd.hpp"
#include "posix/spawn/inherited.hpp"
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

/// Starting a program at a cost that does not grow with the number of open descriptors.
///
/// The child shares this process's memory and descriptor table (CLONE_VM|CLONE_VFORK|CLONE_FILES|CLONE_PIDFD) until
/// close_range(low, ~0, CLOSE_RANGE_UNSHARE) gives it a private copy of the lowest slots only; what it is to inherit stands in
/// reserved low slots before the clone. Only raw system calls run in the child, all signals are blocked around it, and it leaves
/// through _exit. A plain fork does the same steps where the kernel refuses; for a child that becomes another user, which must never
/// have a process in our memory; and for all children while a file system is mounted that may not answer (has_hanging_mounts). Such a child
/// may be stopped by others of its user, or stuck, before its exec: nothing that must go on waits for it.
namespace talos::posix {

/// Where a failed start stopped; to_text gives the word used in messages: `setsid`, `chdir`, `exec`, ...
enum class SpawnStep : std::uint8_t {
    clone,
    cgroup,
    descriptors,
    setsid,
    stdio,
    oom_score,
    nice,
    affinity,
    limits,
    groups,
    group,
    user,
    no_new_privileges,
    death_signal,
    chdir,
    signals,
    exec
};
[[nodiscard]] const char* to_text(SpawnStep step);

struct SpawnRequest {
    std::vector<std::string> argv;   ///< argv[0] is also what is looked for, in PATH of `env` when it has no slash
    std::vector<std::string> env;    ///< `NAME=value`, complete
    std::string cwd;                 ///< empty: unchanged
    int stdin_fd = -1;               ///< -1: /dev/null, here and below
    int stdout_fd = -1;
    int stderr_fd = -1;
    int extra_fd = -1;    ///< becomes descriptor 3 of the child; -1: none
    int cgroup_fd = -1;   ///< directory of the cgroup v2 that the child is created in; -1: that of this process
    bool new_session = true;
    int death_signal = 0;                     ///< PR_SET_PDEATHSIG; 0: none
    std::optional<rlimit> descriptor_limit;   ///< RLIMIT_NOFILE of the child; limits of the attributes come after it
    Boxed<ChildAttributes> attributes;
};

struct SpawnFailure {
    SpawnStep step = SpawnStep::exec;
    int error = 0;      ///< errno
    std::string path;   ///< the operand: the program tried, the directory, ...
    std::string note;   ///< what errno does not say, e.g. `its interpreter /no/such is missing`
};
/// `exec ./server: Permission denied`, `exec /x/run: No such file or directory (its interpreter /no/such is missing)`
[[nodiscard]] std::string to_text(const SpawnFailure& failure);

using SpawnOutcome = boost::system::result<void, SpawnFailure>;

/// A child between its creation and its exec.
class UnconfirmedExec {
public:
    UnconfirmedExec(UniqueFd report, SpawnRequest request, std::vector<std::string> candidates);
    UnconfirmedExec(const UnconfirmedExec&) = delete;
    UnconfirmedExec& operator=(const UnconfirmedExec&) = delete;
    virtual ~UnconfirmedExec() = default;

    /// What became of it, once that is known: the descriptor is readable then. A child that was killed before its exec counts as started,
    /// and has ended.
    [[nodiscard]] virtual std::optional<SpawnOutcome> check();
    [[nodiscard]] int descriptor() const { return report_.get(); }
    /// The failure of one that was given up after `waited_seconds`.
    [[nodiscard]] SpawnFailure given_up(int waited_seconds) const;

private:
    UniqueFd report_;
    SpawnRequest request_;
    std::vector<std::string> candidates_;
};

/// How often a child that does not reach its exec is woken with SIGCONT, in case it was stopped, and after how many times it is killed.
inline constexpr int wake_interval_ms = 100;
inline constexpr int wake_limit = 100;

struct Spawned {
    pid_t pid = 0;
    UniqueFd pidfd;
    std::uint64_t start_ticks = 0;                    ///< as in ProcessIdentity; 0 when it could not be known
    std::unique_ptr<UnconfirmedExec> unconfirmed{};   ///< null once it has exec'ed
};

/// Reserves its slots at construction: make one early, while low descriptors are free. Not thread-safe; one per process.
class Spawner {
public:
    enum class Method { shared_table, plain_fork };

    /// Fails with EMFILE. `method` is for tests; shared_table falls back to plain_fork by itself, for good, when refused.
    [[nodiscard]] static Result<Spawner> create(Method method = Method::shared_table);

    /// Returns as soon as the child exists, where waiting for its exec could take longer than that takes: see UnconfirmedExec. A child
    /// that fails then is reaped by the caller. The given descriptors stay the caller's.
    [[nodiscard]] boost::system::result<Spawned, SpawnFailure> start(const SpawnRequest& request);

    /// Blocks until the child has exec'ed or failed, for at most ten seconds.
    [[nodiscard]] boost::system::result<Spawned, SpawnFailure> spawn(const SpawnRequest& request);

    /// Every child holds a duplicate of `lock` from its creation until its exec. If this process is killed in between, a lock held by
    /// that open file stays held until the child can be found by its environment. This object keeps a duplicate as well.
    [[nodiscard]] Result<> hold_until_exec(const UniqueFd& lock);

    /// Creates a child in `cgroup` that exits at once. Linux (6.18) kills a child at birth when it is created in another cgroup by a process
    /// whose own cgroup was once killed (cgroup.kill). Where that happens, children move to their cgroup before their exec instead.
    void try_cgroup(int cgroup);

    /// Children get back what this process was started with; attributes of a request come after it.
    void give_back(const Inherited& inherited) { inherited_ = inherited; }

    /// Children reset only those signals that are handled or ignored now, instead of trying all 64: from here on no other may be.
    void remember_dispositions();

    [[nodiscard]] Method method() const { return method_; }

    Spawner(Spawner&&) noexcept = default;
    Spawner& operator=(Spawner&&) noexcept = default;

private:
    Spawner() = default;
    static constexpr int slot_count = 4;   // stdin, stdout, stderr, extra
    std::array<UniqueFd, slot_count> slots_;
    UniqueFd null_;
    UniqueFd held_;                   // in a low slot too: what lies above the slots is not copied for the child
    std::unique_ptr<char[]> stack_;   // of the child while it shares our memory; its pages are touched on use only
    Method method_ = Method::shared_table;
    bool into_cgroup_ = true;   // clone3(2) with CLONE_INTO_CGROUP; false once the kernel or a filter has refused it
    std::optional<Inherited> inherited_;
    std::uint64_t signals_to_reset_ = ~std::uint64_t{0};   // bit n - 1 for signal n
};

/// In the environment that the process is given, in place of one of that name.
void set_variable(SpawnRequest& request, const std::string& name, const std::string& value);

[[noreturn]] inline void throw_exception_from_error(const SpawnFailure& failure, const boost::source_location&) {
    throw std::logic_error("unchecked failure: " + to_text(failure));
}

}   // namespace talos::posix
