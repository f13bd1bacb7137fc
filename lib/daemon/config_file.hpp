#pragma once
#include "config/surroundings.hpp"
#include <cstddef>

namespace talos::daemon {

inline constexpr std::size_t config_limit = std::size_t{16} << 20;
inline constexpr std::size_t env_file_limit = std::size_t{1} << 20;   // execve(2) takes little more; each worker has a copy

/// What a config may name, as this process sees it. Programs and working directories are inspected, accounts are not.
[[nodiscard]] config::Surroundings surroundings();

/// The same without values and without a check of the machine: env files count as empty, and every variable is set. For who asks only for names and places, and may not be
/// allowed to read those files, or have another environment than talosd.
[[nodiscard]] config::Surroundings surroundings_without_values();

}  // namespace talos::daemon
