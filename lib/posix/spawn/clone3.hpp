// posix/spawn: Starts a program: clone, attributes, exec, and the failures of each step.
// Other rooms reap it and read its output.
// Begin with spawn.hpp.
#pragma once
#include <cstddef>
#include <sys/types.h>

/// clone3(2) through raw system calls. glibc has no wrapper, and sanitizers do not intercept raw calls.
namespace talos::posix {

/// Creates a child in a cgroup. Both functions return its PID and a CLOEXEC pidfd in `pidfd`, or a negative errno (ENOSYS also if
/// this architecture is not supported).
///
/// The child shares memory and descriptor table with this process, which is suspended until the child has called exec or exited.
/// The child runs `entry(argument)`, which must not return, on the given stack.
[[nodiscard]] pid_t clone3_sharing(int cgroup, char* stack, std::size_t stack_size, int (*entry)(void*), void* argument,
                                   int& pidfd);

/// Copies the process like fork(2). Returns 0 in the child.
[[nodiscard]] pid_t clone3_copying(int cgroup, int& pidfd);

}   // namespace talos::posix
