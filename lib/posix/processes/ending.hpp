#pragma once
#include <string_view>
#include <sys/types.h>

/// Processes that are there, hold what they held, and run nothing of their program any more.
namespace talos::posix {

/// True for one that has got SIGKILL, dumps core, or is on its way through exit(2): all that is left to it is its end, which takes a moment
/// (on a busy machine, or with much memory, a long one). Its locks and sockets stay until then. False for a zombie, which has
/// none left, and for one that is not there or cannot be read.
[[nodiscard]] bool is_ending(pid_t pid);

/// The same from the texts of /proc/PID/stat and /proc/PID/status.
[[nodiscard]] bool says_ending(std::string_view stat, std::string_view status);

}   // namespace talos::posix
