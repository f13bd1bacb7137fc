#pragma once
#include "posix/rights/child_attributes.hpp"
#include <cstdint>
#include <sys/resource.h>
#include <sys/types.h>

/// What runs between the clone and the exec, in a child that may share its parent's memory: raw system calls on prepared data only.
namespace talos::posix {

/// How far the child came. `step` is a SpawnStep, -1 while nothing has failed; `detail` says which of several (candidates, limits) `error` is about.
struct ChildReport {
    int step = -1;
    int error = 0;
    int detail = 0;
};

struct ChildPlan {
    const char* const* candidates = nullptr;   ///< paths to try in turn, ended by a null pointer
    char* const* argv = nullptr;
    char* const* envp = nullptr;
    const char* cwd = nullptr;    ///< null: unchanged
    const int* slots = nullptr;   ///< four descriptors above 2: stdin, stdout, stderr, extra
    unsigned low = 0;             ///< the first descriptor above all slots
    int report_fd = -1;           ///< where memory is not shared: a CLOEXEC pipe above 3 that takes the report
    int kept_fd = -1;             ///< a CLOEXEC descriptor that a child with memory of its own keeps until its exec; -1: none
    int cgroup_procs = -1;   ///< cgroup.procs, open for writing, of the cgroup that the child moves to; -1: it is created there
    std::uint64_t signals_to_reset = ~std::uint64_t{0};   ///< bit n - 1 for signal n
    pid_t parent = 0;
    int death_signal = 0;
    bool shared_table = false;   ///< the descriptor table is still the parent's
    bool with_extra = false;
    bool new_session = true;
    bool with_limit = false;
    struct {
        std::uint64_t soft, hard;
    } limit{}, file_size{};
    bool with_file_size = false;
    int umask = -1;                      ///< before grants; -1: unchanged
    const GrantPlan* grants = nullptr;   ///< null: everything stays as the parent has it
    ChildReport report;
};

enum class SpawnStep : std::uint8_t;
/// What a report of SpawnStep::limits says in `detail` of those that are no attribute.
inline constexpr int descriptor_limit = -1;
inline constexpr int file_size_limit = -2;
/// Reports and ends the child. `detail`: which candidate, or which limit.
void fail(ChildPlan& plan, SpawnStep step, int error, int detail = 0);
/// plan.grants, which must not be null.
void take_grants(ChildPlan& plan);

/// Entry point for clone(2); `plan` is a ChildPlan. Returns only into exec or _exit.
int run_child(void* plan);

/// Those that this process handles or ignores; bit n - 1 for signal n.
[[nodiscard]] std::uint64_t signals_not_default();

/// All 64 signals, glibc's own included, blocked while in scope. What its sigprocmask is asked for leaves two of them out.
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
