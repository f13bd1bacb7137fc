// cli/logs: `talosctl logs`: lines from files and over the socket, merged, filtered, followed. logs/format parses the lines.
// Begin with log_view.hpp.
#pragma once
#include "cli/command_line/options.hpp"
#include "core/pattern.hpp"
#include "core/result.hpp"
#include "logs/format/log_line.hpp"
#include <optional>

namespace talos::cli {

/// Selects the records that `logs` shows, by text and stream. Pure. Cheap to copy.
class LogFilter {
public:
    /// Fails with a sentence for an expression that Pattern refuses.
    [[nodiscard]] static Result<LogFilter> make(const LogsOptions& options);

    [[nodiscard]] bool operator()(const logs::LogRecord& record) const;

private:
    std::optional<Pattern> pattern_;   // empty: any text
    std::string stream_;
};

}   // namespace talos::cli
