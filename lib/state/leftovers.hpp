#pragma once
#include "core/result.hpp"
#include "state/data_directory.hpp"
#include "state/pid_file.hpp"
#include "state/status_document.hpp"
#include <optional>

/// Files that a talosd left in its directory when it ended. All functions require the lock.
namespace talos::state {

/// The status that talosd left; nullopt if there is none or it is not a valid document (it then names no processes). Fails if it
/// cannot be read. Fails with EBUSY if the talosd named in it still runs: then the PID file of a running talosd was replaced, and
/// its workers are not leftovers.
[[nodiscard]] Result<std::optional<StatusDocument>> read_left_status(const DataDirectory& files);

/// Removes status.json (including incomplete temporary files), control.sock and, last, daemon.pid.
[[nodiscard]] Result<> remove_files(const DataDirectory& files, PidFile& lock);

}   // namespace talos::state
