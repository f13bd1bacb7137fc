#pragma once
#include "system/talos/daemon.hpp"
#include <optional>
#include <string>

namespace talos::test {

/// How to start talosd with a tmpfs of `size` over `folder` (which is made), in a mount namespace of its own. Nothing, with a warning,
/// where such namespaces cannot be made.
[[nodiscard]] std::optional<Command> on_small_disk(const Daemon& daemon, const std::string& folder, const std::string& size,
                                                   const std::string& options = {});

/// `path` as the process sees it, through /proc.
[[nodiscard]] std::string seen_by(pid_t pid, const std::string& path);

/// Runs a command in the process's namespaces; its exit code.
[[nodiscard]] int run_beside(pid_t pid, const std::vector<std::string>& words);

}   // namespace talos::test
