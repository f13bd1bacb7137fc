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
    std::string path;   ///< absolute; empty: this worker keeps no log
    LineShape shape = LineShape::stamped;
    std::string no_log;   ///< why there is none, in words
};

/// The logs that the words mean. Names come from status.json, else the config, else the logs folder; a name that only has a log
/// file left counts too. Paths and formats come from the config where it can be parsed, else they are the defaults.
[[nodiscard]] Result<std::vector<LogSource>> log_sources(const Context& context, const client::DaemonManager& manager,
                                                         const Words& words);

/// Whether only lines with stamps can be chosen from; a raw log is left out then, and this says so.
[[nodiscard]] bool needs_stamps(const LogsOptions& options);
[[nodiscard]] std::string unstamped_sentence(const std::string& worker);

/// That the times which are asked for are not in a raw log, and what stores them; nothing when none are asked for.
[[nodiscard]] std::optional<std::string> untimed_sentence(const std::string& worker, const LogsOptions& options);

/// Of the first line shown, only the end is.
[[nodiscard]] std::string cut_sentence(const std::string& worker);

[[nodiscard]] LogView::Settings view_settings(const Context& context, const LogsOptions& options);

/// Gives a line that has just come the time of its arrival, when times are asked for and it has none.
void stamp_arrival(ShownRecord& record, const LogsOptions& options);

}   // namespace talos::cli
