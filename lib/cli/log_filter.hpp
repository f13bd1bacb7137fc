#pragma once
#include "cli/options.hpp"
#include "core/pattern.hpp"
#include "core/result.hpp"
#include "daemon/log_line.hpp"
#include <optional>

namespace talos::cli {

/// Which records `logs` shows, by their text and their stream. Pure. Copies are cheap.
class LogFilter {
public:
    /// Fails for an expression that Pattern refuses, in words.
    [[nodiscard]] static Result<LogFilter> make(const LogsOptions& options);

    [[nodiscard]] bool operator()(const daemon::LogRecord& record) const;

private:
    std::optional<Pattern> pattern_;   // empty: any text
    std::string stream_;
};

}  // namespace talos::cli
