#pragma once
#include "posix/spawn/spawn.hpp"
#include "posix/spawn/spawn_child.hpp"
#include <string>
#include <vector>

namespace talos::posix {

/// Explains a refused clone beyond errno.
[[nodiscard]] std::string explain_clone_failure(int error);

/// Converts a child's report to a failure, with details that can be found out afterwards. `candidates` are the paths that were
/// tried.
[[nodiscard]] SpawnFailure explain(const ChildReport& report, const SpawnRequest& request,
                                   const std::vector<std::string>& candidates);

}   // namespace talos::posix
