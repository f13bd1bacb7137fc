#pragma once
#include "cli/context.hpp"
#include "cli/log_filter.hpp"
#include "control/client.hpp"

namespace talos::cli {

/// `logs` over the control socket, for who cannot read the files. Followed logs go on when talosd, or the connection, comes back.
[[nodiscard]] int remote_logs(Context& context, const LogsOptions& options, LogFilter filter, const control::Endpoint& socket);

}  // namespace talos::cli
