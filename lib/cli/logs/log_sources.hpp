#pragma once
#include "cli/logs/log_view.hpp"
#include "cli/session/context.hpp"
#include "client/daemon_manager.hpp"
#include "logs/format/log_line.hpp"
#include <string>
#include <vector>

namespace talos::cli {

struct LogSource {
    std::string worker;
    std::string path;   ///< absolute; empty: this worker has no log file
    LineShape shape = LineShape::stamped;
    std::string no_log;   ///< why there is no log file, as a sentence
};

/// The logs of the workers that the words select. Names come from status.json, else from the config, else from the logs
/// directory; a name of which only a log file is left is included. Paths and formats come from the config if it can be parsed,
/// else they are the defaults.
[[nodiscard]] Result<std::vector<LogSource>> log_sources(const Context& context, const client::DaemonManager& manager,
                                                         const Words& words);

/// A note if the options filter by time or stream: they exclude raw logs.
[[nodiscard]] bool needs_stamps(const LogsOptions& options);
[[nodiscard]] std::string unstamped_sentence(const std::string& worker);

/// A note that a raw log lacks the requested timestamps, and how to store them; nullopt if no timestamps are requested.
[[nodiscard]] std::optional<std::string> untimed_sentence(const std::string& worker, const LogsOptions& options);

/// A note that only the end of the first line is shown.
[[nodiscard]] std::string cut_sentence(const std::string& worker);

[[nodiscard]] LogView::Settings view_settings(const Context& context, const LogsOptions& options);

/// Sets the time of a new line to its arrival if timestamps are requested and it has none.
void stamp_arrival(ShownRecord& record, const LogsOptions& options);

}   // namespace talos::cli
