// cli/logs: `talosctl logs`: lines from files and over the socket, merged, filtered, followed.
// The parsing of lines is in logs/format.
// Begin with log_view.hpp.
#pragma once
#include "cli/command_line/options.hpp"
#include "core/pattern.hpp"
#include "core/result.hpp"
#include "logs/format/log_line.hpp"
#include <optional>

namespace talos::cli {

/// Which records `logs` shows, by their text and their stream. Pure. Copies are cheap.
class LogFilter {
public:
    /// Fails for an expression that Pattern refuses, in words.
    [[nodiscard]] static Result<LogFilter> make(const LogsOptions& options);

    [[nodiscard]] bool operator()(const logs::LogRecord& record) const;

private:
    std::optional<Pattern> pattern_;   // empty: any text
    std::string stream_;
};

}   // namespace talos::cli
