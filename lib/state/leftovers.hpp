#pragma once
#include "core/result.hpp"
#include "state/data_directory.hpp"
#include "state/pid_file.hpp"
#include "state/status_document.hpp"
#include <optional>

/// What a daemon that is gone left in its directory. Everything here needs the lock.
namespace talos::state {

/// The status it left: nothing when there is none or it is no document (then it names nobody). Fails when it cannot be read.
/// Fails with EBUSY when the process that it says is the daemon lives: somebody replaced the PID file under a running daemon, whose
/// workers are no leftovers.
[[nodiscard]] Result<std::optional<StatusDocument>> read_left_status(const DataDirectory& files);

/// Removes status.json (half-written ones too), control.sock and, last, daemon.pid.
[[nodiscard]] Result<> remove_files(const DataDirectory& files, PidFile& lock);

}   // namespace talos::state
