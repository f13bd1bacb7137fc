// api: The requests that talosd accepts and its answers, independent of the protocol: requests, views, documents, metrics,
// events. HTTP is one transport. Begin with service.hpp and requests.hpp.
#pragma once
#include "state/status_document.hpp"
#include <string>

namespace talos::api {

/// The worker that blocks this one for good, directly or through other waiting workers: it is fatal, it has ended without meeting
/// the condition, or it is disabled. nullptr if this worker is not blocked. A stopped worker does not block: it may be started at
/// any time.
[[nodiscard]] const state::WorkerStatus* blocked_by(const state::StatusDocument& document, const state::WorkerStatus& waiting);

/// The worker is down, and only a command that names it starts it.
[[nodiscard]] bool rests_disabled(const state::WorkerStatus& worker);
/// States that a worker is disabled, and what to do: "db is disabled; `talosctl enable db` enables it, `talosctl start db` starts
/// it".
[[nodiscard]] std::string disabled_text(const std::string& worker);

}   // namespace talos::api
