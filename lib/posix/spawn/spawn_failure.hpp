#pragma once
#include "posix/spawn/spawn.hpp"
#include "posix/spawn/spawn_child.hpp"
#include <string>
#include <vector>

namespace talos::posix {

/// What errno does not say of a clone that was refused.
[[nodiscard]] std::string explain_clone_failure(int error);

/// A child's report in words, with what can be found out about it afterwards. `candidates` are the paths that were tried.
[[nodiscard]] SpawnFailure explain(const ChildReport& report, const SpawnRequest& request,
                                   const std::vector<std::string>& candidates);

}   // namespace talos::posix
