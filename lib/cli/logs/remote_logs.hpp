#pragma once
#include "cli/logs/log_filter.hpp"
#include "cli/session/context.hpp"
#include "http/client/client.hpp"

namespace talos::cli {

/// `logs` over the control socket, for users who cannot read the files. Follows reconnect when talosd or the connection returns.
[[nodiscard]] int remote_logs(Context& context, const LogsOptions& options, LogFilter filter, const http::Endpoint& socket);

}   // namespace talos::cli
