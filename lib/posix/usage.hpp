#pragma once
#include "posix/identity.hpp"
#include <cstdint>
#include <unordered_map>

/// What processes use, from /proc: read when somebody asks, never in between.
namespace talos::posix {

/// Every process that can be seen, this one too, zombies and kernel threads not.
[[nodiscard]] std::unordered_map<pid_t, ProcessStat> read_all_stats();

[[nodiscard]] double seconds_of_ticks(std::uint64_t ticks);
[[nodiscard]] std::uint64_t bytes_of_pages(std::uint64_t pages);

/// Open descriptors of this process.
[[nodiscard]] std::uint64_t count_descriptors();

}  // namespace talos::posix
