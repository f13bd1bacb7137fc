#pragma once
#include "posix/children/memory_queue.hpp"
#include "posix/processes/identity.hpp"
#include <optional>
#include <string>
#include <sys/types.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace talos::posix {

struct Marked {
    ProcessIdentity identity;
    std::string worker;
};

/// Finds processes by the marks in their environment: marks that make_mark() made with `secret` for the worker that the process
/// names, or the secret itself (talosd 0.1.0). Can be repeated: an environment is read once, and again after an exec.
///
/// All searches together block for at most 1 ms for each process plus 1 s (see MemoryReader). A process that could not be read in
/// that time counts as unmarked.
class MarkSearch {
public:
    /// `first`: users whose processes are read before those of others.
    explicit MarkSearch(std::string secret, std::vector<uid_t> first = {})
        : secret_(std::move(secret)), first_(std::move(first)) {}

    /// The live processes with such a mark. Zombies, kernel threads and this process are skipped.
    [[nodiscard]] std::vector<Marked> find(const std::unordered_map<pid_t, ProcessStat>& processes);

    /// The processes that could not be read in time since the last call.
    [[nodiscard]] std::vector<MemoryOf> take_unread() { return std::exchange(unread_, {}); }

private:
    struct Known {
        std::uint64_t start_ticks = 0;
        std::uint64_t environment_at = 0;
        std::optional<std::string> worker;   // set if it has a mark
    };
    [[nodiscard]] bool is_known(pid_t pid, const ProcessStat& stat) const;

    std::string secret_;
    std::vector<uid_t> first_;
    Millis longest_{1000};
    std::unordered_map<pid_t, Known> known_;
    std::vector<MemoryOf> unread_;
};

/// Searches all processes once. Processes in nested PID namespaces also have a PID in this one and are found.
[[nodiscard]] std::vector<Marked> find_marked(const std::string& secret);

/// `pid 12 ([name], uid 1000), pid …`, at most ten processes.
[[nodiscard]] std::string text_of_unread(const std::vector<MemoryOf>& unread);

}   // namespace talos::posix
