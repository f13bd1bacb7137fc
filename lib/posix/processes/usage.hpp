#pragma once
#include "core/time.hpp"
#include "posix/processes/identity.hpp"
#include <cstdint>
#include <unordered_map>
#include <vector>

/// Resource usage of processes, from /proc. It is read on request only.
namespace talos::posix {

/// Reads the data of read_all_stats() in slices: each process takes about 50 µs, and any user can start thousands.
class StatsReader {
public:
    /// Reads until `end`, but at least one process. Returns true once all processes that existed at the first call are read.
    [[nodiscard]] bool read_until(SteadyTime end);
    [[nodiscard]] const std::unordered_map<pid_t, ProcessStat>& all() const { return all_; }
    [[nodiscard]] std::unordered_map<pid_t, ProcessStat>& all() { return all_; }

private:
    bool listed_ = false;
    std::vector<pid_t> left_;
    std::unordered_map<pid_t, ProcessStat> all_;
};

/// All visible processes, including this one, without zombies and kernel threads.
[[nodiscard]] std::unordered_map<pid_t, ProcessStat> read_all_stats();

[[nodiscard]] double seconds_of_ticks(std::uint64_t ticks);
[[nodiscard]] std::uint64_t bytes_of_pages(std::uint64_t pages);

/// The number of open descriptors of this process.
[[nodiscard]] std::uint64_t count_descriptors();

}   // namespace talos::posix
