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

/// Identifies one process until the machine reboots. A PID alone does not, because the kernel reuses it.
struct ProcessIdentity {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;     ///< field 22 of /proc/PID/stat: since boot, in clock ticks (sysconf(_SC_CLK_TCK))
    std::string boot_id;               ///< /proc/sys/kernel/random/boot_id
    std::uint64_t pid_namespace = 0;   ///< inode of /proc/self/ns/pid of the writer: the namespace in which `pid` is valid
    friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// Of this process; cached after the first call.
[[nodiscard]] const std::string& boot_id();
[[nodiscard]] std::uint64_t pid_namespace();
/// Fails if /proc belongs to another PID namespace: its PIDs would differ from those of system calls.
[[nodiscard]] Result<ProcessIdentity> own_identity();

/// The contents of /proc/PID/stat. read_stat fails with ENOENT or ESRCH if the process does not exist.
struct ProcessStat {
    char state = '?';   ///< R S D T t Z X I
    pid_t ppid = 0;
    pid_t process_group = 0;
    pid_t session = 0;
    std::uint64_t start_ticks = 0;
    bool kernel_thread = false;
    std::uint64_t cpu_ticks = 0;   ///< user and system time of the process and of the children that it reaped
    std::uint64_t resident_pages = 0;
    std::uint64_t environment_at =
        0;   ///< address of its environment in memory; changes with each exec; 0 without permission to see it
    bool no_environment = false;   ///< the environment is certainly empty: not during an exec, and only with permission to see it
};
[[nodiscard]] Result<ProcessStat> read_stat(pid_t pid);
/// Parses the text of /proc/PID/stat, regardless of the process name. Returns nullopt if the format is wrong.
[[nodiscard]] std::optional<ProcessStat> parse_stat(std::string_view text);

/// The start ticks of a child from clock readings taken immediately before and after its creation. If both readings fall into the
/// same tick, that tick is exact; otherwise the value is read from /proc (a child that is not reaped keeps its entry). Returns 0
/// if neither is possible.
[[nodiscard]] std::uint64_t boottime_ticks();
[[nodiscard]] std::uint64_t child_start_ticks(pid_t pid, std::uint64_t ticks_before, std::uint64_t ticks_after);

/// The start time of a process, from its start ticks and CLOCK_BOOTTIME (btime in /proc/stat has a resolution of one second).
[[nodiscard]] WallTime started_at(std::uint64_t start_ticks);

/// Opens a pidfd for exactly this process. The function opens the descriptor first and then compares the identity, so signals
/// reach the process that was checked. A zombie counts as ended. Fails with ESRCH if the process has ended or the PID belongs to
/// another process, and with EPERM if the boot or the PID namespace differs (`what` says which).
[[nodiscard]] Result<UniqueFd> open_process(const ProcessIdentity& identity);

}   // namespace talos::posix
