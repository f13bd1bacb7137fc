#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <array>
#include <csignal>

namespace talos::posix {

/// What a supervisor is told things by.
inline constexpr std::array supervisor_signals{SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1};

/// For a supervisor's start: its own signals are held back until it can act on them, so that none ends it half-way and none is lost;
/// nothing else is blocked, whatever was inherited. SIGPIPE, SIGTTOU (a background process that writes to its terminal) and SIGUSR2,
/// whose default would end it, are ignored. Workers get the defaults back. True when SIGHUP was inherited as ignored: by nohup.
[[nodiscard]] bool prepare_supervisor_signals();

/// From here on the handlers get them; those that were held back first.
void release_supervisor_signals();

/// Takes one that is held back; 0 when there is none.
[[nodiscard]] int take_held_signal();

/// Readable while one is held back; nothing has to be read from it.
[[nodiscard]] Result<UniqueFd> watch_held_signals();

/// For its end, when all is done: a signal that comes on the way out no longer decides how this process ended.
void block_all_signals();

}   // namespace talos::posix
