#pragma once
#include <string_view>
#include <sys/types.h>

/// Processes that still exist and hold resources but no longer run code of their program.
namespace talos::posix {

/// True for a process that received SIGKILL, dumps core, or is in exit(2). It can only end, usually at once, but later on a busy
/// machine or with much memory. It holds its locks and sockets until then. False for a zombie, which holds none, and for a
/// process that does not exist or cannot be read.
[[nodiscard]] bool is_ending(pid_t pid);

/// The same for the texts of /proc/PID/stat and /proc/PID/status.
[[nodiscard]] bool says_ending(std::string_view stat, std::string_view status);

}   // namespace talos::posix
