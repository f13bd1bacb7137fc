// cli/command_line: talosctl's options, verbs, help, manual and exit codes. Parsing only; it has no side effects. Begin with
// parse_command_line.hpp.
#pragma once

namespace talos::cli {

/// talosctl's exit codes (those of the LSB for `status`). Plain ints, since verbs return what `main` returns.
namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;   ///< `status`: talosd has exited, but its PID file exists
inline constexpr int usage = 2;
inline constexpr int not_running = 3;
inline constexpr int unknown = 4;   ///< no permission, or the state cannot be determined
inline constexpr int no_such_worker = 5;
inline constexpr int no_daemon = 7;   ///< commands on workers: talosd is not running
inline constexpr int timed_out = 99;
/// A wait that a signal ended: 128 + N, as shells report it.
inline constexpr int interrupted_by(int signal) { return 128 + signal; }
}   // namespace exit_code

}   // namespace talos::cli
