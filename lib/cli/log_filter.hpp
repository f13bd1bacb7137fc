#pragma once
#include "cli/options.hpp"
#include "core/result.hpp"
#include "daemon/log_line.hpp"
#include <memory>

namespace talos::cli {

/// Which records `logs` shows, by their text and their stream. Pure. Copies are cheap.
class LogFilter {
public:
    /// Fails for a broken expression, in words.
    [[nodiscard]] static Result<LogFilter> make(const LogsOptions& options);

    /// A record that the expression cannot be decided for in reasonable time is shown.
    [[nodiscard]] bool operator()(const daemon::LogRecord& record) const;

private:
    struct Expression;
    std::shared_ptr<const Expression> expression_;   // empty: any text
    std::string stream_;
};

}  // namespace talos::cli
