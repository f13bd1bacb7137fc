#pragma once
#include "cli/session/api.hpp"
#include <optional>
#include <string>

/// What a running talosd says of itself. Its files say the same, unless they cannot be written: on a full disk they stay as they were.
namespace talos::cli {

/// The control socket of the talosd that `seen` (running) names; nothing where it has none, or is stopped (SIGSTOP) and cannot answer.
[[nodiscard]] std::optional<http::Endpoint> socket_of(const DaemonLocation& location, const client::Probe& seen);

/// `seen` with what talosd answers. Without an answer, with what the file says: then `reason` says that it may be out of date, and its age.
/// One that is not running stays as it is.
[[nodiscard]] client::Probe with_answer(const DaemonLocation& location, client::Probe seen, Usage usage = Usage::without);

}   // namespace talos::cli
