#pragma once
#include "core/result.hpp"
#include "posix/processes/identity.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// Who descends from whom, and whose environment says what.
namespace talos::posix {

/// Makes this process the one that orphans of its descendants are given to (PR_SET_CHILD_SUBREAPER).
[[nodiscard]] Result<> become_subreaper();

/// Lists this process's children (zombies included) from /proc/self/task/TID/children, kept open; one thread's children, so call
/// it from the only one. Where the kernel lacks the file (CONFIG_PROC_CHILDREN) it scans /proc by parent.
class ChildrenList {
public:
    ChildrenList();
    /// The PIDs into `pids` (cleared first).
    [[nodiscard]] Result<> read(std::vector<pid_t>& pids);

private:
    UniqueFd file_;
    std::string text_;   // kept, so that no turn allocates
};

/// Children of any process, all its threads, zombies included; empty when it is gone.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);

/// The marks in the environment of every process that talosd starts: worker_variable is the worker's name, run_variable a value that
/// make_mark() gives (0.1.0: the secret itself, the same for all workers).
inline constexpr const char* run_variable = "TALOS_RUN";
inline constexpr const char* worker_variable = "TALOS_WORKER";
/// And this one, while it is a hook's; inherited by all that the hook starts.
inline constexpr const char* hook_variable = "TALOS_HOOK";
/// As MemoryReader finds them in an environment as it was exec'ed. A program that writes its title over its environment (redis, nginx) has none
/// any more; and only the first MiB is looked at.
struct Marks {
    std::string run;
    std::string worker;
    bool hook = false;
};
/// Its real user ID, whatever of it may be read; nothing when it is gone.
[[nodiscard]] std::optional<uid_t> user_of(pid_t pid);

/// Inodes of the pipes that it can write to, by the first 4096 of its open descriptors; empty when these may not be read.
[[nodiscard]] std::vector<std::uint64_t> written_pipes(pid_t pid);

/// Its arguments in one line of at most 256 bytes, control characters replaced; `[name]` for one that has none. It says what it likes. Takes as
/// long as the process wants: see MemoryReader.
[[nodiscard]] std::string command_line(pid_t pid);
/// `[name]`: what the kernel calls it. Does not wait for it.
[[nodiscard]] std::string command_name(pid_t pid);

/// Every live process (no zombie, not this one) whose session is `session`, found by a scan of /proc.
[[nodiscard]] std::vector<ProcessIdentity> find_in_session(pid_t session);

}   // namespace talos::posix
