#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <array>
#include <csignal>

namespace talos::posix {

/// The signals that a supervisor handles.
inline constexpr std::array supervisor_signals{SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1};

/// Call it at the start of a supervisor. Blocks the supervisor's own signals until it can handle them, so that none is lost and
/// none kills it during start-up. Unblocks all other signals, even if they were inherited as blocked. Ignores SIGPIPE, SIGTTOU
/// (sent to a background process that writes to its terminal) and SIGUSR2, which would kill it by default. Workers start with the
/// defaults. Returns true if SIGHUP was inherited as ignored, as nohup does.
[[nodiscard]] bool prepare_supervisor_signals();

/// Unblocks the signals. Handlers receive the pending ones first.
void release_supervisor_signals();

/// Takes one pending signal; returns 0 if there is none.
[[nodiscard]] int take_pending_signal();

/// A descriptor that is readable while a signal is pending. It need not be read.
[[nodiscard]] Result<UniqueFd> watch_pending_signals();

/// Call it when the supervisor has finished: later signals must not change its exit status.
void block_all_signals();

}   // namespace talos::posix
