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

/// Starts a program at a cost that does not depend on the number of open descriptors.
///
/// The child shares memory and descriptor table with this process (CLONE_VM|CLONE_VFORK|CLONE_FILES|CLONE_PIDFD) until
/// close_range(low, ~0, CLOSE_RANGE_UNSHARE) gives it a private copy of the lowest slots. The descriptors that it inherits are
/// placed in these reserved slots before the clone. The child makes raw system calls only, with all signals blocked, and exits
/// with _exit.
///
/// A plain fork takes the same steps in three cases: the kernel refuses the clone; the child changes its user and therefore must
/// not run in our memory; or a file system is mounted that may hang (has_hanging_mounts). Such a child may hang before its exec,
/// or other processes of its user may stop it, so nothing essential waits for it.
namespace talos::posix {

/// The step at which a start failed. to_text returns the word for messages: `setsid`, `chdir`, `exec`, ...
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
    std::vector<std::string> argv;   ///< argv[0] is also the program; it is searched in PATH of `env` if it has no slash
    std::vector<std::string> env;    ///< complete list of `NAME=value`
    std::string cwd;                 ///< empty: not changed
    int stdin_fd = -1;               ///< -1: /dev/null, here and below
    int stdout_fd = -1;
    int stderr_fd = -1;
    int extra_fd = -1;    ///< becomes descriptor 3 of the child; -1: none
    int cgroup_fd = -1;   ///< directory of the cgroup v2 to create the child in; -1: that of this process
    bool new_session = true;
    int death_signal = 0;                     ///< PR_SET_PDEATHSIG; 0: none
    std::optional<rlimit> descriptor_limit;   ///< RLIMIT_NOFILE of the child; set before the limits of the attributes
    Boxed<ChildAttributes> attributes;
};

struct SpawnFailure {
    SpawnStep step = SpawnStep::exec;
    int error = 0;      ///< errno
    std::string path;   ///< operand: the program, the directory, ...
    std::string note;   ///< what errno does not say, e.g. `its interpreter /no/such is missing`
};
/// `exec ./server: Permission denied`, `exec /x/run: No such file or directory (its interpreter /no/such is missing)`
[[nodiscard]] std::string to_text(const SpawnFailure& failure);

using SpawnOutcome = boost::system::result<void, SpawnFailure>;

/// A child that has been created but has not called exec yet.
class UnconfirmedExec {
public:
    UnconfirmedExec(UniqueFd report, SpawnRequest request, std::vector<std::string> candidates);
    UnconfirmedExec(const UnconfirmedExec&) = delete;
    UnconfirmedExec& operator=(const UnconfirmedExec&) = delete;
    virtual ~UnconfirmedExec() = default;

    /// The outcome, once it is known (the descriptor is readable then). A child that was killed before its exec counts as started
    /// and ended.
    [[nodiscard]] virtual std::optional<SpawnOutcome> check();
    [[nodiscard]] int descriptor() const { return report_.get(); }
    /// The failure of a child that was abandoned after `waited_seconds`.
    [[nodiscard]] SpawnFailure given_up(int waited_seconds) const;

private:
    UniqueFd report_;
    SpawnRequest request_;
    std::vector<std::string> candidates_;
};

/// A child that does not reach its exec may be stopped. It gets SIGCONT at this interval, and is killed after this many attempts.
inline constexpr int wake_interval_ms = 100;
inline constexpr int wake_limit = 100;

struct Spawned {
    pid_t pid = 0;
    UniqueFd pidfd;
    std::uint64_t start_ticks = 0;                    ///< as in ProcessIdentity; 0 if unknown
    std::unique_ptr<UnconfirmedExec> unconfirmed{};   ///< null once the child has called exec
};

/// Reserves its slots when it is created, so create it early, while low descriptors are free. Not thread-safe; one for each
/// process.
class Spawner {
public:
    enum class Method { shared_table, plain_fork };

    /// Fails with EMFILE. `method` is for tests. shared_table falls back to plain_fork permanently if the kernel refuses it.
    [[nodiscard]] static Result<Spawner> create(Method method = Method::shared_table);

    /// Returns as soon as the child exists if waiting for its exec could block (see UnconfirmedExec). If such a child fails, the
    /// caller reaps it. The caller keeps the given descriptors.
    [[nodiscard]] boost::system::result<Spawned, SpawnFailure> start(const SpawnRequest& request);

    /// Blocks until the child has called exec or failed, for at most ten seconds.
    [[nodiscard]] boost::system::result<Spawned, SpawnFailure> spawn(const SpawnRequest& request);

    /// Each child holds a duplicate of `lock` from its creation until its exec. If this process is killed in between, the lock
    /// stays held until the child can be found by its environment. This object also keeps a duplicate.
    [[nodiscard]] Result<> hold_until_exec(const UniqueFd& lock);

    /// Creates a child in `cgroup` that exits at once. Linux (6.18) kills a new child if a process creates it in another cgroup
    /// and the process's own cgroup was once killed (cgroup.kill). In that case, children move to their cgroup before their exec
    /// instead.
    void try_cgroup(int cgroup);

    /// Restores these attributes in children, before the attributes of a request.
    void give_back(const Inherited& inherited) { inherited_ = inherited; }

    /// Children reset only the signals that are handled or ignored now, instead of all 64. No other disposition may change after
    /// this call.
    void remember_dispositions();

    [[nodiscard]] Method method() const { return method_; }

    Spawner(Spawner&&) noexcept = default;
    Spawner& operator=(Spawner&&) noexcept = default;

private:
    Spawner() = default;
    static constexpr int slot_count = 4;   // stdin, stdout, stderr, extra
    std::array<UniqueFd, slot_count> slots_;
    UniqueFd null_;
    UniqueFd kept_until_exec_;        // also in a low slot: descriptors above the slots are not copied for the child
    std::unique_ptr<char[]> stack_;   // for a child that shares our memory; pages are allocated on first use
    Method method_ = Method::shared_table;
    bool into_cgroup_ = true;   // clone3(2) with CLONE_INTO_CGROUP; false after the kernel or a filter refused it
    std::optional<Inherited> inherited_;
    std::uint64_t signals_to_reset_ = ~std::uint64_t{0};   // bit n - 1 for signal n
};

/// Sets a variable in the environment of the request; replaces an existing one.
void set_variable(SpawnRequest& request, const std::string& name, const std::string& value);

[[noreturn]] inline void throw_exception_from_error(const SpawnFailure& failure, const boost::source_location&) {
    throw std::logic_error("unchecked failure: " + to_text(failure));
}

}   // namespace talos::posix
