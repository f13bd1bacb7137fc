// engine/supervisor: All workers: reaping, the turn, the stop, rolling restarts, processes that nobody owns.
// It knows nothing of HTTP.
// Begin with supervisor.hpp.
#pragma once
#include "core/result.hpp"
#include "engine/runner/runner.hpp"
#include "engine/supervisor/unseen.hpp"
#include "posix/children/memory_reader.hpp"
#include "posix/processes/process_tree.hpp"
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace talos::engine {

/// The children that talosd did not spawn: what its workers' processes left behind when they ended. Each belongs to the worker that one
/// of these facts names, in this order, and otherwise to none ("unowned"):
///   1. the cgroup it is in;
///   2. the session it is in: of a hook, or of a main process whose run is not over;
///   3. it was seen below a main process when that was signalled;
///   4. the mark in its environment, which must be that of the worker's current run or hook, if its user may be the worker's;
///   5. it can write to the pipe that takes the output of a worker whose run has no cgroup.
/// What a probe has left, where it had no cgroup, is known by its session or its mark, and is ended once the probe's program was reaped.
/// Ownership is decided once: until talosd reaps it, an orphan's PID means that orphan. A fact from 4 on takes up to about a second, since the
/// process's environment must be read without waiting for it (aio::MemoryReads): until then the orphan is undecided. One that cannot be read
/// has no mark.
class Orphans {
public:
    Orphans(turn::Services& services, const std::vector<std::unique_ptr<Runner>>& runners)
        : services_(services), runners_(runners) {}

    /// Reads the children list and looks at some of the orphans that are new in it, 256 at most, the oldest first. Afterwards every owner can
    /// be told what is its own, as far as it is decided; Services::trees_changed is called when more is. Call it again while it is behind.
    [[nodiscard]] Result<> refresh();
    /// Orphans are left that were not looked at.
    [[nodiscard]] bool behind() const { return !unseen_.empty(); }
    /// How many orphans have been found so far.
    [[nodiscard]] std::uint64_t asked() const { return asked_; }
    /// Whether one of the first `asked` may yet turn out to be `runner`'s: it was not looked at, or is undecided. Users whose processes cannot be
    /// read do not hold up the workers of others.
    [[nodiscard]] bool in_question(const Runner& runner, std::uint64_t asked);
    /// Nothing is left: the kernel said ECHILD.
    void clear();
    void reaped(pid_t pid);

    [[nodiscard]] bool empty() const { return owners_.empty(); }
    /// Whether the last refresh found no child but those that serve the workers' output.
    [[nodiscard]] bool only_output_left() const;
    [[nodiscard]] std::vector<pid_t> all() const;
    /// Of `runner`'s run, or nobody's for nullptr.
    [[nodiscard]] std::vector<pid_t> of(const Runner* runner) const;
    /// What that run of a hook has left behind.
    [[nodiscard]] std::vector<pid_t> of_hook(const turn::HookOf& hook) const;
    /// Those of `runner`'s run that have become known as such since the last call.
    [[nodiscard]] std::vector<pid_t> take_fresh_of(const Runner* runner);

    /// Those that nothing proves to be a worker's, as status.json shows them; and whether they have changed since this was last called.
    [[nodiscard]] const std::vector<state::UnownedProcess>& unowned() const { return unowned_; }
    [[nodiscard]] bool take_unowned_changed() { return std::exchange(unowned_changed_, false); }

    /// How long the last refresh took: it grows with the number of children.
    [[nodiscard]] std::chrono::steady_clock::duration cost() const { return cost_; }

    /// Of a process that is no worker's main process; by what is decided, else by facts 1 to 3.
    [[nodiscard]] turn::ProcessOwner find_owner(pid_t pid) const;
    [[nodiscard]] const Runner* owner_of(pid_t pid) const { return find_owner(pid).runner; }
    /// Whether a refresh has found this child. One whose parent was no main process comes without notice.
    [[nodiscard]] bool knows(pid_t pid) const { return owners_.contains(pid) || undecided_.contains(pid) || unseen_.knows(pid); }
    /// By all facts, where its marks are known.
    [[nodiscard]] turn::ProcessOwner find_owner(pid_t pid, const posix::Marks& marks) const;

private:
    using Owner = turn::ProcessOwner;
    struct Undecided {
        uid_t user;
        std::uint64_t number;
    };
    struct Answer {
        posix::MemoryOf of;
        std::optional<Owner> owner;
        std::uint64_t number;
        std::optional<posix::ProcessMemory> memory;
    };
    void add(pid_t pid, std::uint64_t number);
    void own(pid_t pid, const Owner& owner);
    void ask(const posix::MemoryOf& of, std::optional<Owner> owner, std::uint64_t number);
    void decide_soon();
    void decide(const Answer& answer);
    void tell_changed();
    [[nodiscard]] std::optional<Owner> owner_by_kernel(pid_t pid) const;
    [[nodiscard]] std::optional<Owner> owner_by_cgroup(pid_t pid) const;
    [[nodiscard]] Owner owner_by_marks(pid_t pid, const posix::Marks& marks) const;
    [[nodiscard]] const Runner* owner_by_pipe(pid_t pid) const;
    void add_of_probe(pid_t pid, std::uint64_t probe);
    /// The number of the probe that has left it; 0: none.
    [[nodiscard]] std::uint64_t probe_of_session(pid_t pid) const;
    [[nodiscard]] std::uint64_t probe_of_mark(const posix::Marks& marks) const;
    void end_leftovers_of_probes();
    [[nodiscard]] std::vector<pid_t> owned_by(const Owner& owner) const;

    turn::Services& services_;
    const std::vector<std::unique_ptr<Runner>>& runners_;
    std::vector<pid_t> listed_;
    std::unordered_map<pid_t, Owner> owners_;
    std::unordered_map<pid_t, std::uint64_t> of_probes_;   // with the probe's number
    std::unordered_map<pid_t, Undecided> undecided_;
    Unseen unseen_;
    std::uint64_t asked_ = 0;
    std::deque<Answer> answers_;   // not yet decided on
    bool deciding_ = false;        // some of them are about to be
    bool changed_ = false;         // and it is about to be told
    std::unordered_set<pid_t> fresh_;
    std::vector<state::UnownedProcess> unowned_;
    bool unowned_changed_ = false;
    std::chrono::steady_clock::duration cost_{};
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::engine
