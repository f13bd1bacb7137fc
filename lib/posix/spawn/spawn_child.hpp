#pragma once
#include "posix/rights/child_attributes.hpp"
#include <cstdint>
#include <sys/resource.h>
#include <sys/types.h>

/// Runs between clone and exec, in a child that may share its parent's memory: raw system calls on prepared data only.
namespace talos::posix {

/// How far the child got. `step` is a SpawnStep, or -1 if nothing has failed. `detail` identifies the candidate or limit that
/// `error` refers to.
struct ChildReport {
    int step = -1;
    int error = 0;
    int detail = 0;
};

struct ChildPlan {
    const char* const* candidates = nullptr;   ///< null-terminated list of paths to try in order
    char* const* argv = nullptr;
    char* const* envp = nullptr;
    const char* cwd = nullptr;    ///< null: not changed
    const int* slots = nullptr;   ///< four descriptors above 2: stdin, stdout, stderr, extra
    unsigned low = 0;             ///< the first descriptor above all slots
    int report_fd = -1;           ///< if memory is not shared: a CLOEXEC pipe above 3 for the report
    int kept_fd = -1;             ///< a CLOEXEC descriptor that a child with its own memory keeps until its exec; -1: none
    /// cgroup.procs of the cgroup to move to, open for writing; -1: the child is created there.
    int cgroup_procs = -1;
    std::uint64_t signals_to_reset = ~std::uint64_t{0};   ///< bit n - 1 for signal n
    pid_t parent = 0;
    int death_signal = 0;
    bool shared_table = false;   ///< the child still shares the parent's descriptor table
    bool with_extra = false;
    bool new_session = true;
    bool with_limit = false;
    struct {
        std::uint64_t soft, hard;
    } limit{}, file_size{};
    bool with_file_size = false;
    int umask = -1;                      ///< set before the grants; -1: not changed
    const GrantPlan* grants = nullptr;   ///< null: all attributes are inherited
    ChildReport report;
};

enum class SpawnStep : std::uint8_t;
/// Values of `detail` in a report of SpawnStep::limits for the limits that are not attributes.
inline constexpr int descriptor_limit = -1;
inline constexpr int file_size_limit = -2;
/// Reports the failure and exits. `detail` is the index of the candidate or limit.
void fail(ChildPlan& plan, SpawnStep step, int error, int detail = 0);
/// Applies plan.grants, which must not be null.
void take_grants(ChildPlan& plan);

/// Entry point for clone(2); `plan` points to a ChildPlan. Ends in exec or _exit and never returns.
int run_child(void* plan);

/// The signals that this process handles or ignores; bit n - 1 for signal n.
[[nodiscard]] std::uint64_t signals_not_default();

/// Blocks all 64 signals in this scope, including the two that glibc reserves and its sigprocmask leaves unblocked.
class AllSignalsBlocked {
public:
    AllSignalsBlocked();
    ~AllSignalsBlocked();
    AllSignalsBlocked(const AllSignalsBlocked&) = delete;
    AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

private:
    std::uint64_t before_ = 0;
};

}   // namespace talos::posix
