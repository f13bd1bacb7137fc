#pragma once
#include "posix/descent/mark_search.hpp"
#include "posix/processes/identity.hpp"
#include "state/status_document.hpp"
#include <functional>
#include <string>
#include <vector>

/// What is left of a run whose talosd was killed, and its orderly end. Used by the next start (under the lock) and by
/// `talosctl stop` after it had to SIGKILL talosd. The processes are nobody's children here: identities and pidfds only.
namespace talos::client {

/// One worker's processes that are still alive.
struct Survivors {
    std::string worker;                              ///< empty: of the run, but no listed worker's
    std::vector<config::StopStep> stop;              ///< the recorded plan; the default one when there is no record
    std::vector<posix::ProcessIdentity> processes;   ///< main first when it is alive
    std::vector<std::string> cgroups;                ///< leaves of the recorded cgroup that are the worker's
};

/// Finds them. A process counts only when one of these proves that it is the run's, so that nobody else's is ever touched:
///   1. it is a recorded main: PID and start ticks are the recorded ones;
///   2. it is in a cgroup of a run, hook or probe below the recorded one, whose directory must be what posix::CgroupTree::open asks
///      for: a forged path leads nowhere;
///   3. its environment, as it was exec'ed, carries a mark that was made with the document's secret;
///   4. it is in the session of a recorded main (the session's number is main's PID), and that number cannot have been used
///      again: it is not, as long as anybody of the session is left. Therefore a witness of the session must live before and after
///      the look: main itself, or a member known by 2 or 3, or one that was there while main was (it started after main and before
///      the latest start that the document knows of). Where another process has main's PID now, nobody is counted by session;
///   5. it descends from one of these, and that parent still lived after the look.
/// Never this process, its ancestors or PID 1. Zombies are gone. Empty for a document of another boot or PID namespace.
///
/// Fact 3 is sought among processes that 1 and 2 do not prove and that started after the document's talosd, of all users: a worker's process
/// that root has moved out of its cgroup may have become any user. It needs the processes' memory, see posix::MarkSearch: each environment
/// is read once for all calls of find(), and what cannot be read in time counts as unmarked.
class SurvivorSearch {
public:
    /// `document` must outlive it.
    explicit SurvivorSearch(const state::StatusDocument& document);
    [[nodiscard]] std::vector<Survivors> find();
    /// Since the last call: processes that may bear a mark, nothing else proves, and cannot be read. In words; empty: none.
    [[nodiscard]] std::string take_unread();
    [[nodiscard]] const state::StatusDocument& document() const { return document_; }

private:
    const state::StatusDocument& document_;
    posix::MarkSearch marks_;
    std::vector<posix::MemoryOf> unread_;
};
/// One search.
[[nodiscard]] std::vector<Survivors> find_survivors(const state::StatusDocument& document);

/// Removes the recorded cgroup once nothing is in it; what is not empty stays.
void remove_left_cgroups(const state::StatusDocument& document);

struct SurvivorEvent {
    enum class What { signalled, gone, unread } what;
    std::string worker;          ///< with unread: SurvivorSearch::take_unread()
    int signal = 0;              ///< with signalled
    std::size_t processes = 0;   ///< signalled now; with gone: all that were, each once
    Millis wait{};               ///< with signalled: until the next step
};

/// Somebody who may lose patience meanwhile.
struct Patience {
    int fd = -1;                  ///< readable when there is reason to ask; -1: never
    std::function<bool()> lost;   ///< true: the plans are cut short, SIGKILL now
};

/// Ends all of them by their plans, all workers at the same time, looking again for new members before each step, then SIGKILL
/// until nothing is left. Blocks. `give_up` bounds the plans: what is left by then gets SIGKILL (0: at once), and a few seconds to go.
/// True once all are observed to be gone; false when some still are not (somebody else's, or stuck in the kernel).
[[nodiscard]] bool end_survivors(const state::StatusDocument& document, Millis give_up,
                                 const std::function<void(const SurvivorEvent&)>& report, const Patience& patience = {});
/// The same, going on with a search that has been used already.
[[nodiscard]] bool end_survivors(SurvivorSearch& search, Millis give_up, const std::function<void(const SurvivorEvent&)>& report,
                                 const Patience& patience = {});

}   // namespace talos::client
