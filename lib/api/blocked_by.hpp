// api: What talosd can be asked and what it answers, in any protocol: requests, views, documents, metrics, events.
// HTTP is one way to carry it.
// Begin with service.hpp and requests.hpp.
#pragma once
#include "state/status_document.hpp"
#include <string>

namespace talos::api {

/// The worker for which this one waits in vain, directly or through others that wait themselves: it is fatal, or it has ended without
/// being what is waited for, or it is disabled. nullptr: none, or this one waits for nothing. A stopped one may be started at any time.
[[nodiscard]] const state::WorkerStatus* blocked_by(const state::StatusDocument& document, const state::WorkerStatus& waiting);

/// It is down, and nothing but a command that names it starts it.
[[nodiscard]] bool rests_disabled(const state::WorkerStatus& worker);
/// That a worker is disabled, and what to do: "db is disabled; `talosctl enable db` enables it, `talosctl start db` starts it".
[[nodiscard]] std::string disabled_text(const std::string& worker);

}   // namespace talos::api
