#pragma once
#include "posix/descent/mark_search.hpp"
#include "posix/processes/identity.hpp"
#include "state/status_document.hpp"
#include <functional>
#include <string>
#include <vector>

/// Finds and ends the leftover processes of a run whose talosd was killed. Used by the next start (under the lock) and by
/// `talosctl stop` after it had to SIGKILL talosd. The processes are not children of the caller: only identities and pidfds are
/// used.
namespace talos::client {

/// The live processes of one worker.
struct Survivors {
    std::string worker;                              ///< empty: belongs to the run, but to no listed worker
    std::vector<config::StopStep> stop;              ///< the recorded plan; the default plan if none is recorded
    std::vector<posix::ProcessIdentity> processes;   ///< main first if it is alive
    std::vector<std::string> cgroups;                ///< the worker's leaves of the recorded cgroup
};

/// Finds leftover processes. A process counts only if one of these facts proves that it belongs to the run, so that no other
/// process is ever signalled:
///   1. it is a recorded main process: PID and start ticks match the recorded ones;
///   2. it is in a cgroup of a run, hook or probe below the recorded one, whose directory must pass the checks of
///      posix::CgroupTree::open: a forged path has no effect;
///   3. its environment at exec carries a mark that was made with the document's secret;
///   4. it is in the session of a recorded main process (the session's number is the PID of main), and that number cannot have been
///      reused. A number is not reused while the session has members, so a witness in the session must be alive before and after
///      the search: main itself, a member known by 2 or 3, or one that coexisted with main (it started after main and before
///      the latest start in the document). If another process has main's PID now, nothing is counted by session;
///   5. it descends from one of these, and that parent was still alive after the search.
/// Never counts the calling process, its ancestors or PID 1. Zombies do not count. Empty for a document of another boot or PID
/// namespace.
///
/// Fact 3 is checked for processes of all users that 1 and 2 do not prove and that started after the document's talosd: a process
/// that root moved out of its cgroup may have changed its user. The check reads process memory, see posix::MarkSearch: each
/// environment is read once for all calls of find(), and an environment that cannot be read in time counts as unmarked.
class SurvivorSearch {
public:
    /// `document` must outlive the object.
    explicit SurvivorSearch(const state::StatusDocument& document);
    [[nodiscard]] std::vector<Survivors> find();
    /// Processes since the last call that may carry a mark, that nothing else proves, and whose environment cannot be read. One
    /// clause; empty: none.
    [[nodiscard]] std::string take_unread();
    [[nodiscard]] const state::StatusDocument& document() const { return document_; }

private:
    const state::StatusDocument& document_;
    posix::MarkSearch marks_;
    std::vector<posix::MemoryOf> unread_;
};
/// A single search.
[[nodiscard]] std::vector<Survivors> find_survivors(const state::StatusDocument& document);

/// Removes the recorded cgroup if it is empty.
void remove_left_cgroups(const state::StatusDocument& document);

struct SurvivorEvent {
    enum class What { signalled, gone, unread } what;
    std::string worker;          ///< with unread: SurvivorSearch::take_unread()
    int signal = 0;              ///< with signalled
    std::size_t processes = 0;   ///< signalled: in this step; gone: in total, each process once
    Millis wait{};               ///< with signalled: time until the next step
};

/// Lets the caller cut the wait short.
struct Patience {
    int fd = -1;                  ///< readable when `lost` should be checked; -1: never
    std::function<bool()> lost;   ///< true: the plans end now and SIGKILL follows
};

/// Ends all leftover processes by their stop plans, all workers in parallel, and searches for new members before each step. SIGKILL
/// follows until none is left. Blocks. `give_up` limits the plans: processes left by then get SIGKILL (0: immediately) and a few
/// seconds to exit. Returns true once all have been observed to exit; false if some have not (they belong to another user or are
/// stuck in the kernel).
[[nodiscard]] bool end_survivors(const state::StatusDocument& document, Millis give_up,
                                 const std::function<void(const SurvivorEvent&)>& report, const Patience& patience = {});
/// The same, continuing with an existing search.
[[nodiscard]] bool end_survivors(SurvivorSearch& search, Millis give_up, const std::function<void(const SurvivorEvent&)>& report,
                                 const Patience& patience = {});

}   // namespace talos::client
