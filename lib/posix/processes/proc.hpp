#pragma once
#include "core/result.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/process_tree.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// Reading /proc, for the sources of this folder: parsing apart from reading, so that hostile text can be tried on it.
namespace talos::posix {

/// The decimal number that the whole of `text` is; nothing for signs, spaces, overflow or 0.
[[nodiscard]] std::optional<pid_t> parse_pid(std::string_view text);

/// Decimal PIDs separated by white space, as in /proc/PID/task/TID/children. Stops at what is none.
void parse_pids(std::string_view text, std::vector<pid_t>& pids);

/// The PIDs of a file like /proc/PID/task/TID/children; none where it cannot be read.
void append_pids(int directory, const std::string& name, std::vector<pid_t>& pids);

/// The first TALOS_RUN and TALOS_WORKER among `NAME=value` entries that end with NUL each (/proc/PID/environ).
[[nodiscard]] Marks parse_marks(std::string_view environment);

/// Every process of /proc but this one, threads not included. Empty when /proc cannot be read.
[[nodiscard]] std::vector<pid_t> list_processes();

/// One process's directory of /proc. It stays that process's: once it has ended, reads through it fail, whoever has the PID then.
class ProcessDirectory {
public:
    [[nodiscard]] static Result<ProcessDirectory> open(pid_t pid);
    /// At most `limit` bytes of a file in it; less when the file is shorter.
    [[nodiscard]] Result<std::string> read(const char* name, std::size_t limit) const;
    [[nodiscard]] Result<ProcessStat> stat() const;

private:
    ProcessDirectory(UniqueFd fd, pid_t pid) : fd_(std::move(fd)), pid_(pid) {}
    UniqueFd fd_;
    pid_t pid_;
};

/// Whether /proc/PID/task/TID/children is there (CONFIG_PROC_CHILDREN).
[[nodiscard]] bool kernel_lists_children();
/// Children by parent, from a scan of all processes: what is left where CONFIG_PROC_CHILDREN is missing.
[[nodiscard]] std::vector<pid_t> scan_children(pid_t parent);
[[nodiscard]] std::vector<pid_t> scan_descendants(pid_t ancestor);

}   // namespace talos::posix
