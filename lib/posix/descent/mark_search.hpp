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

/// Finds processes by the marks in their environment: those that were made with `secret`, by make_mark() for the worker that the process
/// names, or, as 0.1.0 did, the secret itself. May be repeated: an environment is read once, and again when the process has exec'ed since.
///
/// All searches together wait for 1 ms for each process and 1 s more: see MemoryReader. What could not be read by then counts as unmarked.
class MarkSearch {
public:
    /// `first`: users whose processes are read before those of others.
    explicit MarkSearch(std::string secret, std::vector<uid_t> first = {})
        : secret_(std::move(secret)), first_(std::move(first)) {}

    /// Which of the processes bear such a mark and live. Zombies, kernel threads and this process are passed over.
    [[nodiscard]] std::vector<Marked> find(const std::unordered_map<pid_t, ProcessStat>& processes);

    /// What has not been read in time, since the last call.
    [[nodiscard]] std::vector<MemoryOf> take_unread() { return std::exchange(unread_, {}); }

private:
    struct Known {
        std::uint64_t start_ticks = 0;
        std::uint64_t environment_at = 0;
        std::optional<std::string> worker;   // with a mark
    };
    [[nodiscard]] bool is_known(pid_t pid, const ProcessStat& stat) const;

    std::string secret_;
    std::vector<uid_t> first_;
    Millis longest_{1000};
    std::unordered_map<pid_t, Known> known_;
    std::vector<MemoryOf> unread_;
};

/// One search among all processes. Processes of nested PID namespaces have a PID in this one too and are found.
[[nodiscard]] std::vector<Marked> find_marked(const std::string& secret);

/// `pid 12 ([name], uid 1000), pid …`, ten of them at most.
[[nodiscard]] std::string text_of_unread(const std::vector<MemoryOf>& unread);

}   // namespace talos::posix
