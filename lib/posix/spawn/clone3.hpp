// posix/spawn: Starting a program: clone, attributes, exec, and what failed.
// Reaping and output belong to the rooms above.
// Begin with spawn.hpp.
#pragma once
#include <cstddef>
#include <sys/types.h>

/// clone3(2), for which glibc has no wrapper of its own, by raw system calls: sanitizers intercept none of them.
namespace talos::posix {

/// What creates a child in a cgroup. Both return its PID and a CLOEXEC pidfd in `pidfd`, or a negative errno; ENOSYS also where this
/// architecture lacks what is needed.
///
/// Shares memory and descriptor table with this process, which sleeps until the child has exec'ed or exited. The child runs
/// `entry(argument)`, which does not return, on the stack that ends at `stack_top`.
[[nodiscard]] pid_t clone3_sharing(int cgroup, char* stack, std::size_t stack_size, int (*entry)(void*), void* argument,
                                   int& pidfd);

/// As fork(2): 0 in the child.
[[nodiscard]] pid_t clone3_copying(int cgroup, int& pidfd);

}   // namespace talos::posix
