// posix/descent: Which processes belong to a run, by cgroup, descent and marks; and signals to all of them.
// The kernel's facts decide, not what a process says.
// Begin with cgroup.hpp and tree_member.hpp.
#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/descent/cgroup_paths.hpp"
#include "posix/processes/identity.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// The cgroup (version 2) of a talosd, and those of its workers' runs below it. The kernel keeps a process in the cgroup of its
/// parent whatever it does with its session, its environment and its parents; only a user that may write to the directories can
/// move it. Nothing here waits.
namespace talos::posix {

/// What a document says about such a cgroup. The inode is its directory's, which no other gets until the next boot.
struct CgroupIdentity {
    std::string path;   ///< as /proc/PID/cgroup shows it in the cgroup namespace `name_space`
    std::uint64_t inode = 0;
    std::uint64_t name_space = 0;   ///< inode of /proc/self/ns/cgroup
    friend bool operator==(const CgroupIdentity&, const CgroupIdentity&) = default;
};

class CgroupTree {
public:
    /// Makes `talos-PID-RANDOM` below this process's own cgroup, locked for as long as this object lives; removes empty ones of former
    /// talosds, which are not locked any more. Fails where no cgroup2 file system is mounted, where it may not be
    /// written (read-only, or not delegated to this user), and where processes could not be placed into the new one.
    [[nodiscard]] static Result<CgroupTree> create();

    /// Opens one that was recorded: only a directory with talosd's kind of name and the recorded inode, which this user owns and no
    /// other may write. Fails with ENOENT when it was removed, EPERM for any other directory and in another namespace.
    [[nodiscard]] static Result<CgroupTree> open(const CgroupIdentity& identity);

    [[nodiscard]] const CgroupIdentity& identity() const { return identity_; }
    [[nodiscard]] int directory() const { return directory_.get(); }

    /// The directory of the cgroup `leaf`, made if need be, for SpawnRequest::cgroup_fd.
    [[nodiscard]] Result<UniqueFd> make(const std::string& leaf) const;

    /// Whether a process is in it or below it: what cgroup.events says. A zombie is in none. False when it was removed.
    [[nodiscard]] Result<bool> populated(const std::string& leaf) const;
    /// cgroup.events of it, opened for a wait for POLLPRI.
    [[nodiscard]] Result<UniqueFd> open_events(const std::string& leaf) const;

    /// SIGKILL to all processes in and below it, also to those that fork meanwhile (cgroup.kill, Linux 5.14). Where that is missing:
    /// freezes it, and signals each process. ENOENT is no failure.
    [[nodiscard]] Result<> kill(const std::string& leaf) const;

    /// What CgroupSignal does, all of it at once. Returns those that were signalled.
    std::vector<pid_t> signal(const std::string& leaf, int signal) const;
    /// Lets its processes run, if one of them has frozen it.
    void thaw(const std::string& leaf) const;

    /// The processes in and below it, zombies not included, nor those of which this PID namespace knows no number.
    [[nodiscard]] std::vector<pid_t> processes(const std::string& leaf) const;

    /// The leaf that a process is in or below; nothing for one that is elsewhere or has ended.
    [[nodiscard]] std::optional<std::string> leaf_of(pid_t pid) const;

    /// All that there are.
    [[nodiscard]] std::vector<std::string> leaves() const;

    /// Removes an empty one and what its processes made below it. Fails with EBUSY while it is populated; ENOENT is no failure.
    [[nodiscard]] Result<> remove(const std::string& leaf) const;
    /// Removes all leaves and the directory itself. Fails with EBUSY when one is populated; the others are removed nevertheless.
    [[nodiscard]] Result<> remove() const;

private:
    CgroupTree(UniqueFd directory, std::string where, CgroupIdentity identity)
        : directory_(std::move(directory)), where_(std::move(where)), identity_(std::move(identity)) {}
    [[nodiscard]] Result<UniqueFd> open_in(const std::string& leaf, const char* file, int flags) const;
    [[nodiscard]] Result<> write_to(const std::string& leaf, const char* file, const char* text) const;

    UniqueFd directory_;
    std::string where_;   // the directory's path in the file system, for messages and its removal
    CgroupIdentity identity_;
};

/// Signals each process in and below a cgroup, in parts, then SIGCONT to each; thaws it first if one of them has frozen it. Each goes through a
/// pidfd, after its cgroup was read again.
class CgroupSignal {
public:
    /// `tree` outlives this. The processes are those that are there at the first step.
    CgroupSignal(const CgroupTree& tree, std::string leaf, int signal) : tree_(tree), leaf_(std::move(leaf)), signal_(signal) {}

    /// Goes on until then, with one process at least; true when all were signalled.
    [[nodiscard]] bool step(SteadyTime end);
    [[nodiscard]] const std::vector<pid_t>& signalled() const { return signalled_; }

private:
    void signal_one(pid_t pid);

    const CgroupTree& tree_;
    std::string leaf_;
    int signal_;
    bool listed_ = false;
    std::vector<pid_t> left_;
    std::vector<pid_t> signalled_;
};

/// Whether a process is in or below the cgroup whose cgroup.events is open there; from its beginning, as a wait for POLLPRI needs it.
/// False when the cgroup was removed.
[[nodiscard]] Result<bool> read_populated(int events);

/// Removes the cgroup `name` of the directory `parent` and all below it; false, with errno, when a process is in one of them.
bool remove_with_children(int parent, const std::string& name);

/// inode of /proc/self/ns/cgroup; 0 where it cannot be read. Read once, then remembered.
[[nodiscard]] std::uint64_t cgroup_namespace();

}   // namespace talos::posix
