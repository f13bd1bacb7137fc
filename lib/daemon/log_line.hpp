#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a worker's log holds, line by line. Pure.
namespace talos::daemon {

enum class LineShape { stamped, raw };  ///< stamped: `cri` or `json`, told apart by the line; what is neither counts as raw

struct LogRecord {
    std::optional<std::int64_t> time;  ///< ns since the epoch; absent for raw lines
    std::string stream;                ///< `stdout`, `stderr`; empty for raw lines
    std::string text;
};

/// RFC 3339 with any number of fraction digits and `Z` or `+hh:mm`, to ns since the epoch.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

/// Whether the line is a piece that the next one of its stream continues.
[[nodiscard]] bool is_partial(std::string_view line, LineShape shape);

/// Lines in, what was written out: pieces of one line are joined, up to 1 MiB.
class LineJoiner {
public:
    explicit LineJoiner(LineShape shape) : shape_(shape) {}
    /// `line` without its newline.
    [[nodiscard]] std::optional<LogRecord> feed(std::string_view line);
    /// A line whose last piece has not come.
    [[nodiscard]] std::optional<LogRecord> rest();

private:
    LineShape shape_;
    std::vector<LogRecord> open_;  // at most one per stream
};

}  // namespace talos::daemon
