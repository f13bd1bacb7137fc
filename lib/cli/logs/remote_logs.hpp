#pragma once
#include "cli/logs/log_filter.hpp"
#include "cli/session/context.hpp"
#include "http/client/client.hpp"

namespace talos::cli {

/// `logs` over the control socket, for who cannot read the files. Followed logs go on when talosd, or the connection, comes back.
[[nodiscard]] int remote_logs(Context& context, const LogsOptions& options, LogFilter filter, const http::Endpoint& socket);

}   // namespace talos::cli
