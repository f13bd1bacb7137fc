#pragma once
#include "cli/context.hpp"
#include "daemon/log_line.hpp"
#include "daemon/daemon_manager.hpp"
#include <string>
#include <vector>

namespace talos::cli {

using daemon::LineShape;
using daemon::LogRecord;

struct LogSource {
    std::string worker;
    std::string path;  ///< absolute; empty: this worker keeps no log
    LineShape shape = LineShape::stamped;
    std::string no_log;  ///< why there is none, in words
};

/// The logs that the words mean. Names come from status.json, else the config, else the logs folder; a name that only has a log
/// file left counts too. Paths and formats come from the config where it can be parsed, else they are the defaults.
[[nodiscard]] Result<std::vector<LogSource>> log_sources(const Context& context, const daemon::DaemonManager& manager,
                                                         const Words& words);

/// Whether only lines with stamps can be chosen from; a raw log is left out then, and this says so.
[[nodiscard]] bool needs_stamps(const LogsOptions& options);
[[nodiscard]] std::string unstamped_sentence(const std::string& worker);

}  // namespace talos::cli
