#pragma once
#include "core/result.hpp"
#include <chrono>
#include <functional>
#include <sys/types.h>
#include <vector>

namespace talos::posix {

/// Starts a child of this program that runs `work` and exits. For operations that another process can block: SIGKILL ends the
/// child at once, even in a wait that no other signal interrupts. The child has the descriptors `kept` (in ascending order) and
/// no others. It ends when its parent ends, or after `longest` (whole seconds). `work` must not throw. The caller reaps the
/// child. Fails with EAGAIN or ENOMEM; `what` is the purpose of the child, for the failure.
[[nodiscard]] Result<pid_t> start_short_child(const std::vector<int>& kept, std::chrono::seconds longest,
                                              const std::function<void()>& work, const char* what);

}   // namespace talos::posix
