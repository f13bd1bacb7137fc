// cli/command_line: talosctl's options, verbs, help, manual and exit codes.
// Parsing only: nothing is done here.
// Begin with parse_command_line.hpp.
#pragma once

namespace talos::cli {

/// What talosctl's exit codes mean (LSB's for `status`). Plain ints, since verbs return what `main` returns.
namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;   ///< `status`: dead, but its PID file is there
inline constexpr int usage = 2;
inline constexpr int not_running = 3;
inline constexpr int unknown = 4;   ///< no permission, or it cannot be told
inline constexpr int no_such_worker = 5;
inline constexpr int no_daemon = 7;   ///< commands to workers: talosd does not run
inline constexpr int timed_out = 99;
/// A wait that a signal ended: what a shell would report.
inline constexpr int interrupted_by(int signal) { return 128 + signal; }
}   // namespace exit_code

}   // namespace talos::cli
