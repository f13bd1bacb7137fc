#pragma once
#include "cli/context.hpp"
#include "cli/log_filter.hpp"
#include <string>

namespace talos::cli {

/// `logs` over the control socket, for who cannot read the files. Followed logs go on when talosd, or the connection, comes back.
[[nodiscard]] int remote_logs(Context& context, const LogsOptions& options, LogFilter filter, const std::string& socket);

}  // namespace talos::cli
