#pragma once
#include "cli/context.hpp"
#include <string>

namespace talos::cli {

/// `logs` over the control socket, for who cannot read the files. Followed logs are not merged by time: each line is shown as it comes.
[[nodiscard]] int remote_logs(Context& context, const LogsOptions& options, const std::string& socket);

}  // namespace talos::cli
