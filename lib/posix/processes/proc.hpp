#pragma once
#include "core/result.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/process_tree.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// Reads /proc for the sources of this directory. Parsers are separate from readers, so that tests can pass hostile text.
namespace talos::posix {

/// Parses `text` as a decimal number above 0; nullopt for a sign, a space or an overflow.
[[nodiscard]] std::optional<pid_t> parse_pid(std::string_view text);

/// Parses decimal PIDs separated by white space, as in /proc/PID/task/TID/children. Stops at the first word that is not a PID.
void parse_pids(std::string_view text, std::vector<pid_t>& pids);

/// Appends the PIDs in a file like /proc/PID/task/TID/children; none if it cannot be read.
void append_pids(int directory, const std::string& name, std::vector<pid_t>& pids);

/// The first TALOS_RUN and the first TALOS_WORKER among NUL-terminated `NAME=value` entries (/proc/PID/environ).
[[nodiscard]] Marks parse_marks(std::string_view environment);

/// All processes in /proc except this one, without threads. Empty if /proc cannot be read.
[[nodiscard]] std::vector<pid_t> list_processes();

/// The /proc directory of one process. After the process has ended, reads fail even if another process has the same PID.
class ProcessDirectory {
public:
    [[nodiscard]] static Result<ProcessDirectory> open(pid_t pid);
    /// Reads a file in it, at most `limit` bytes.
    [[nodiscard]] Result<std::string> read(const char* name, std::size_t limit) const;
    [[nodiscard]] Result<ProcessStat> stat() const;

private:
    ProcessDirectory(UniqueFd fd, pid_t pid) : fd_(std::move(fd)), pid_(pid) {}
    UniqueFd fd_;
    pid_t pid_;
};

/// Whether /proc/PID/task/TID/children exists (CONFIG_PROC_CHILDREN).
[[nodiscard]] bool kernel_lists_children();
/// Children of a parent, from a scan of all processes: the fallback for kernels without CONFIG_PROC_CHILDREN.
[[nodiscard]] std::vector<pid_t> scan_children(pid_t parent);
[[nodiscard]] std::vector<pid_t> scan_descendants(pid_t ancestor);

}   // namespace talos::posix
