#pragma once
#include <cstddef>
#include <sys/types.h>

namespace talos::posix {

/// Signals our own child `child` and all its descendants, then SIGCONT to each but after SIGSTOP, so that stopped ones act on it. Nothing once
/// it was reaped: the number may have come to mean another process, which is left alone. Every
/// descendant is signalled through a pidfd, after its parent was found to be one of the tree still. Returns how many were signalled.
/// Who is missed (forked meanwhile) becomes our child when its parent ends: call again until nothing is left.
std::size_t signal_tree(pid_t child, int signal);

}  // namespace talos::posix
