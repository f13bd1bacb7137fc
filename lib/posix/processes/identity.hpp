#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace talos::posix {

/// What names one process for as long as the machine is up, unlike a PID, which is used again.
struct ProcessIdentity {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;     ///< field 22 of /proc/PID/stat: since boot, in clock ticks (sysconf(_SC_CLK_TCK))
    std::string boot_id;               ///< /proc/sys/kernel/random/boot_id
    std::uint64_t pid_namespace = 0;   ///< inode of /proc/self/ns/pid of who wrote this down: where `pid` means this process
    friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// Of this process. Read once, then remembered.
[[nodiscard]] const std::string& boot_id();
[[nodiscard]] std::uint64_t pid_namespace();
/// Fails where /proc belongs to another PID namespace: nothing read there would be about the PIDs that system calls mean.
[[nodiscard]] Result<ProcessIdentity> own_identity();

/// What /proc/PID/stat says. Fails with ENOENT or ESRCH when there is no such process.
struct ProcessStat {
    char state = '?';   ///< R S D T t Z X I
    pid_t ppid = 0;
    pid_t process_group = 0;
    pid_t session = 0;
    std::uint64_t start_ticks = 0;
    bool kernel_thread = false;
    std::uint64_t cpu_ticks = 0;   ///< user and system time, its own and that of the children it has reaped
    std::uint64_t resident_pages = 0;
    std::uint64_t environment_at =
        0;   ///< where its environment begins in memory: differs after an exec; 0 for those who may not know
    bool no_environment = false;   ///< for certain: not in the middle of an exec, and for those who may look into it
};
[[nodiscard]] Result<ProcessStat> read_stat(pid_t pid);
/// The text of /proc/PID/stat, whatever the process calls itself; nothing when it is not in that format.
[[nodiscard]] std::optional<ProcessStat> parse_stat(std::string_view text);

/// Start ticks of a child from clock readings taken right before and right after it was created: exact when both fall
/// into one tick, else read from /proc (a child that is not reaped keeps its entry). 0 when neither is possible.
[[nodiscard]] std::uint64_t boottime_ticks();
[[nodiscard]] std::uint64_t child_start_ticks(pid_t pid, std::uint64_t ticks_before, std::uint64_t ticks_after);

/// When the process started, from its ticks and CLOCK_BOOTTIME (btime of /proc/stat has whole seconds only).
[[nodiscard]] WallTime started_at(std::uint64_t start_ticks);

/// A pidfd of exactly this process. The descriptor is opened first and the identity compared afterwards, so that what is
/// signalled through it is what was checked. A zombie counts as gone.
/// Fails with ESRCH (gone, or another process now), EPERM (boot or namespace differ: not ours to judge; `what` says which).
[[nodiscard]] Result<UniqueFd> open_process(const ProcessIdentity& identity);

}   // namespace talos::posix
