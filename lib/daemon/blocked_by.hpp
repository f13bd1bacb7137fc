#pragma once
#include "daemon/status_document.hpp"

namespace talos::daemon {

/// The worker for which this one waits in vain, directly or through others that wait themselves: it is fatal, or it has ended without
/// being what is waited for. nullptr: none, or this one waits for nothing. A stopped one may be started at any time.
[[nodiscard]] const WorkerStatus* blocked_by(const StatusDocument& document, const WorkerStatus& waiting);

}  // namespace talos::daemon
