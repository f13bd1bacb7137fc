#pragma once
#include "core/time.hpp"
#include "posix/processes/identity.hpp"
#include <cstdint>
#include <unordered_map>
#include <vector>

/// What processes use, from /proc: read when somebody asks, never in between.
namespace talos::posix {

/// Reads what read_all_stats() gives, in parts: each process takes about 50 µs, and any user can start thousands.
class StatsReader {
public:
    /// Reads until then, one process at least; true when all were read that were there at the first call.
    [[nodiscard]] bool read_until(SteadyTime end);
    [[nodiscard]] const std::unordered_map<pid_t, ProcessStat>& all() const { return all_; }
    [[nodiscard]] std::unordered_map<pid_t, ProcessStat>& all() { return all_; }

private:
    bool listed_ = false;
    std::vector<pid_t> left_;
    std::unordered_map<pid_t, ProcessStat> all_;
};

/// Every process that can be seen, this one too, zombies and kernel threads not.
[[nodiscard]] std::unordered_map<pid_t, ProcessStat> read_all_stats();

[[nodiscard]] double seconds_of_ticks(std::uint64_t ticks);
[[nodiscard]] std::uint64_t bytes_of_pages(std::uint64_t pages);

/// Open descriptors of this process.
[[nodiscard]] std::uint64_t count_descriptors();

}   // namespace talos::posix
