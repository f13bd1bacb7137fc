#pragma once
#include "cli/session/api.hpp"
#include <optional>
#include <string>

/// The current status of a running talosd, from itself. Its files normally agree, but stay unchanged if they cannot be written,
/// for instance on a full disk.
namespace talos::cli {

/// The control socket of the running talosd in `seen`; nullopt if it has none or is suspended (SIGSTOP) and cannot answer.
[[nodiscard]] std::optional<http::Endpoint> socket_of(const DaemonLocation& location, const client::Probe& seen);

/// `seen` with talosd's answer. Without an answer it keeps the content of the file, and `reason` states that it may be out of
/// date, and its age. Unchanged if talosd is not running.
[[nodiscard]] client::Probe with_answer(const DaemonLocation& location, client::Probe seen, Usage usage = Usage::without);

}   // namespace talos::cli
