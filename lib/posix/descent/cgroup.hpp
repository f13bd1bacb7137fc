// posix/descent: Determines which processes belong to a run (by cgroup, descent and marks), and signals all of them.
// Decisions use facts from the kernel, not what a process reports about itself.
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

/// The cgroup (version 2) of a talosd, with the cgroups of its workers' runs below it. The kernel keeps a process in the cgroup
/// of its parent, even if it changes its session, environment or parent. Only a user with write access to the directories can
/// move it. No function here blocks.
namespace talos::posix {

/// Identifies a cgroup in a document. `inode` is that of its directory; the kernel does not reuse it before the next boot.
struct CgroupIdentity {
    std::string path;   ///< as in /proc/PID/cgroup, in the cgroup namespace `name_space`
    std::uint64_t inode = 0;
    std::uint64_t name_space = 0;   ///< inode of /proc/self/ns/cgroup
    friend bool operator==(const CgroupIdentity&, const CgroupIdentity&) = default;
};

class CgroupTree {
public:
    /// Creates `talos-PID-RANDOM` below the cgroup of this process and locks it for the lifetime of this object. Removes empty,
    /// unlocked cgroups of earlier talosds. Fails if no cgroup2 file system is mounted, if it is not writable (read-only, or not
    /// delegated to this user), and if processes cannot be moved into the new cgroup.
    [[nodiscard]] static Result<CgroupTree> create();

    /// Opens a recorded cgroup. The directory must have a name that talosd gives and the recorded inode, belong to this user, and
    /// not be writable by others. Fails with ENOENT if it was removed, and with EPERM for any other directory or another
    /// namespace.
    [[nodiscard]] static Result<CgroupTree> open(const CgroupIdentity& identity);

    [[nodiscard]] const CgroupIdentity& identity() const { return identity_; }
    [[nodiscard]] int directory() const { return directory_.get(); }

    /// The directory of the cgroup `leaf`, created if missing, for SpawnRequest::cgroup_fd.
    [[nodiscard]] Result<UniqueFd> make(const std::string& leaf) const;

    /// Whether a process is in the cgroup or below it, from cgroup.events. Zombies do not count. False if the cgroup was removed.
    [[nodiscard]] Result<bool> populated(const std::string& leaf) const;
    /// Opens cgroup.events of the cgroup, to poll for POLLPRI.
    [[nodiscard]] Result<UniqueFd> open_events(const std::string& leaf) const;

    /// Sends SIGKILL to all processes in the cgroup and below it, including those that are forked meanwhile (cgroup.kill, Linux
    /// 5.14). On an older kernel it freezes the cgroup and signals each process. ENOENT is not a failure.
    [[nodiscard]] Result<> kill(const std::string& leaf) const;

    /// Runs CgroupSignal to completion. Returns the processes that were signalled.
    std::vector<pid_t> signal(const std::string& leaf, int signal) const;
    /// Thaws the cgroup, in case one of its processes has frozen it.
    void thaw(const std::string& leaf) const;

    /// The processes in the cgroup and below it, except zombies and processes without a PID in this PID namespace.
    [[nodiscard]] std::vector<pid_t> processes(const std::string& leaf) const;

    /// The leaf that contains the process; nullopt if the process is elsewhere or has ended.
    [[nodiscard]] std::optional<std::string> leaf_of(pid_t pid) const;

    /// All leaves.
    [[nodiscard]] std::vector<std::string> leaves() const;

    /// Removes an empty cgroup and the cgroups that its processes created below it. Fails with EBUSY while it is populated.
    /// ENOENT is not a failure.
    [[nodiscard]] Result<> remove(const std::string& leaf) const;
    /// Removes all leaves and the directory. Fails with EBUSY if a leaf is populated; the others are removed in that case too.
    [[nodiscard]] Result<> remove() const;

private:
    CgroupTree(UniqueFd directory, std::string where, CgroupIdentity identity)
        : directory_(std::move(directory)), where_(std::move(where)), identity_(std::move(identity)) {}
    [[nodiscard]] Result<UniqueFd> open_in(const std::string& leaf, const char* file, int flags) const;
    [[nodiscard]] Result<> write_to(const std::string& leaf, const char* file, const char* text) const;

    UniqueFd directory_;
    std::string where_;   // path of the directory in the file system, for messages and removal
    CgroupIdentity identity_;
};

/// Signals each process in and below a cgroup, in slices, and then sends SIGCONT to it. Thaws the cgroup first, in case one of
/// its processes has frozen it. Each signal is sent through a pidfd after the cgroup of the process was checked again.
class CgroupSignal {
public:
    /// `tree` must outlive this object. The processes are listed in the first step.
    CgroupSignal(const CgroupTree& tree, std::string leaf, int signal) : tree_(tree), leaf_(std::move(leaf)), signal_(signal) {}

    /// Runs until `end`, but signals at least one process. Returns true when all were signalled.
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

/// Whether a process is in or below the cgroup whose cgroup.events is open as `events`. Reads from the start of the file, as a
/// poll for POLLPRI requires. False if the cgroup was removed.
[[nodiscard]] Result<bool> read_populated(int events);

/// Removes the cgroup `name` in the directory `parent` and all cgroups below it. Returns false and sets errno if one of them
/// contains a process.
bool remove_with_children(int parent, const std::string& name);

/// The inode of /proc/self/ns/cgroup; 0 if it cannot be read. Cached after the first call.
[[nodiscard]] std::uint64_t cgroup_namespace();

}   // namespace talos::posix
