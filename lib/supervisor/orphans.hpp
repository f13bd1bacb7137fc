#pragma once
#include "core/result.hpp"
#include "posix/process_tree.hpp"
#include "supervisor/runner.hpp"
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace talos::supervisor {

/// The children that talosd did not spawn: what its workers' processes left behind when they ended. Each belongs to the worker that one
/// of these facts names, in this order, and otherwise to none ("unowned"):
///   1. the cgroup it is in;
///   2. the session it is in: of a hook, or of a main process whose run is not over;
///   3. it was seen below a main process when that was signalled;
///   4. the mark in its environment, which must be that of the worker's current run or hook, if its user may be the worker's;
///   5. it can write to the pipe that takes the output of a worker whose run has no cgroup.
/// What a probe has left, where it had no cgroup, is told by its session or its mark, and is ended once the probe's program was reaped.
/// Ownership is decided once: until talosd reaps it, an orphan's PID means that orphan.
class Orphans {
public:
    Orphans(Services& services, const std::vector<std::unique_ptr<Runner>>& runners) : services_(services), runners_(runners) {}

    /// Reads the children list. Afterwards every owner can be told what is its own.
    [[nodiscard]] Result<> refresh();
    /// Nothing is left: the kernel said ECHILD.
    void clear();
    void reaped(pid_t pid);

    [[nodiscard]] bool empty() const { return owners_.empty(); }
    /// Whether the last refresh found no child but relays of output.
    [[nodiscard]] bool only_relays() const;
    [[nodiscard]] std::vector<pid_t> all() const;
    /// Of `runner`'s run, or nobody's for nullptr.
    [[nodiscard]] std::vector<pid_t> of(const Runner* runner) const;
    /// What a hook of `runner` has left behind.
    [[nodiscard]] std::vector<pid_t> of_hook(const Runner* runner) const;
    /// Those of `runner` that the last refresh found for the first time.
    [[nodiscard]] std::vector<pid_t> fresh_of(const Runner* runner) const;

    /// Those that nothing proves to be a worker's, as status.json shows them; and whether they have changed since this was last called.
    [[nodiscard]] const std::vector<daemon::UnownedProcess>& unowned() const { return unowned_; }
    [[nodiscard]] bool take_unowned_changed() { return std::exchange(unowned_changed_, false); }

    /// How long the last refresh took: it grows with the number of children.
    [[nodiscard]] std::chrono::steady_clock::duration cost() const { return cost_; }

    /// Of a process that is no worker's main process.
    [[nodiscard]] ProcessOwner find_owner(pid_t pid) const;
    [[nodiscard]] const Runner* owner_of(pid_t pid) const { return find_owner(pid).runner; }

private:
    using Owner = ProcessOwner;
    [[nodiscard]] std::optional<Owner> owner_by_cgroup(pid_t pid) const;
    [[nodiscard]] Owner owner_by_marks(pid_t pid) const;
    [[nodiscard]] const Runner* owner_by_pipe(pid_t pid) const;
    /// The number of the probe that has left it; 0: none.
    [[nodiscard]] std::uint64_t probe_of(pid_t pid) const;
    void end_leftovers_of_probes();
    [[nodiscard]] std::vector<pid_t> owned_by(const Owner& owner) const;

    Services& services_;
    const std::vector<std::unique_ptr<Runner>>& runners_;
    posix::ChildrenList children_;
    std::vector<pid_t> listed_;
    std::unordered_map<pid_t, Owner> owners_;
    std::unordered_map<pid_t, std::uint64_t> of_probes_;   // with the probe's number
    std::vector<pid_t> fresh_;
    std::vector<daemon::UnownedProcess> unowned_;
    bool unowned_changed_ = false;
    std::chrono::steady_clock::duration cost_{};
};

}  // namespace talos::supervisor
