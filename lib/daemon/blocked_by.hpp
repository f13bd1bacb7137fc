#pragma once
#include "daemon/status_document.hpp"
#include <string>

namespace talos::daemon {

/// The worker for which this one waits in vain, directly or through others that wait themselves: it is fatal, or it has ended without
/// being what is waited for, or it is disabled. nullptr: none, or this one waits for nothing. A stopped one may be started at any time.
[[nodiscard]] const WorkerStatus* blocked_by(const StatusDocument& document, const WorkerStatus& waiting);

/// It is down, and nothing but a command that names it starts it.
[[nodiscard]] bool rests_disabled(const WorkerStatus& worker);
/// That a worker is disabled, and what to do: "db is disabled; `talosctl enable db` enables it, `talosctl start db` starts it".
[[nodiscard]] std::string disabled_text(const std::string& worker);

}  // namespace talos::daemon
