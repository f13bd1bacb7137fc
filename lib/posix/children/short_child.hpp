#pragma once
#include "core/result.hpp"
#include <chrono>
#include <functional>
#include <sys/types.h>
#include <vector>

namespace talos::posix {

/// Starts a child of this program that runs `work` and exits, for what may wait as long as another process wants: SIGKILL ends it at once, even in
/// a wait that no other signal interrupts. It has the descriptors `kept` (ascending) and no others, ends with its parent, and ends by itself
/// after `longest` (whole seconds). `work` must not throw. The caller reaps it. Fails with EAGAIN or ENOMEM; `what` says in the failure what
/// the process is for.
[[nodiscard]] Result<pid_t> start_short_child(const std::vector<int>& kept, std::chrono::seconds longest,
                                              const std::function<void()>& work, const char* what);

}   // namespace talos::posix
