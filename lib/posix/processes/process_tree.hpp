#pragma once
#include "core/result.hpp"
#include "posix/processes/identity.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// Descent of processes, and marks in their environments.
namespace talos::posix {

/// Makes this process the subreaper of its descendants: it adopts their orphans (PR_SET_CHILD_SUBREAPER).
[[nodiscard]] Result<> become_subreaper();

/// Lists the children of this process (zombies included) from /proc/self/task/TID/children, which is kept open. The file lists
/// the children of one thread, so the process must be single-threaded. Without the file (CONFIG_PROC_CHILDREN) it scans /proc by
/// parent.
class ChildrenList {
public:
    ChildrenList();
    /// Writes the PIDs to `pids` (cleared first).
    [[nodiscard]] Result<> read(std::vector<pid_t>& pids);

private:
    UniqueFd file_;
    std::string text_;   // reused, so that a turn does not allocate
};

/// The children of all threads of any process, zombies included; empty if the process does not exist.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);

/// The marks in the environment of every process that talosd starts. worker_variable contains the worker's name; run_variable
/// contains a value of make_mark(). (talosd 0.1.0 used the secret itself, the same for all workers.)
inline constexpr const char* run_variable = "TALOS_RUN";
inline constexpr const char* worker_variable = "TALOS_WORKER";
/// Also set for hooks, and inherited by all processes that a hook starts.
inline constexpr const char* hook_variable = "TALOS_HOOK";
/// The marks that MemoryReader finds in the environment at the time of the exec. A program that writes its title over its
/// environment (redis, nginx) has none. Only the first MiB is read.
struct Marks {
    std::string run;
    std::string worker;
    bool hook = false;
};
/// The real user ID, readable for every process; nullopt if the process does not exist.
[[nodiscard]] std::optional<uid_t> user_of(pid_t pid);

/// The inodes of the pipes that the process can write to, from the first 4096 of its open descriptors; empty without permission
/// to read them.
[[nodiscard]] std::vector<std::uint64_t> written_pipes(pid_t pid);

/// The arguments in one line of at most 256 bytes, with control characters replaced; `[name]` if there are none. The process
/// controls this text. The call can block for as long as the process wants (see MemoryReader).
[[nodiscard]] std::string command_line(pid_t pid);
/// `[name]`, the kernel's name of the process. Does not block.
[[nodiscard]] std::string command_name(pid_t pid);

/// All live processes (no zombies, not this one) with the session ID `session`, from a scan of /proc.
[[nodiscard]] std::vector<ProcessIdentity> find_in_session(pid_t session);

}   // namespace talos::posix
