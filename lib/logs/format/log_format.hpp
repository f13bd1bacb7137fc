// logs/format: The lines of a log, text and JSON: the writer and the parser.
// A line that one makes, the other reads.
// Begin with log_format.hpp and log_line.hpp.
#pragma once
#include "config/model/model.hpp"
#include "core/time.hpp"
#include "logs/format/stream.hpp"
#include <string>
#include <string_view>

/// How a worker's lines look in its log file.
/// cri: Kubernetes' CRI log line, `2026-01-29T00:31:10.123456789Z stdout F text`, `P` for a piece of a longer line
/// (kubernetes/design-proposals-archive, kubelet-cri-logging.md). json: {"time", "stream", "line"} and "partial": true.
/// raw: as it was written.
namespace talos::logs {

/// RFC 3339 with nanoseconds, UTC: 30 characters.
class LogClock {
public:
    /// The wall clock now; formatting is done once for all lines of a read.
    [[nodiscard]] std::string_view now();

private:
    std::int64_t second_ = -1;
    char text_[31] = {};
};

enum class LineEnd : std::uint8_t { full, partial };

/// Formats the lines of one read.
class LineFormat {
public:
    LineFormat(config::LogSpec::Format format, std::string_view stamp, Stream stream);

    /// Appends one line; `line` is without its newline.
    void append(std::string_view line, LineEnd end, std::string& out) const;

private:
    config::LogSpec::Format format_;
    std::string head_[2];   // by LineEnd
};

/// What formatted lines are of what the worker wrote: bytes with newlines; pieces count as no line.
struct LineCount {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
};
[[nodiscard]] LineCount count_lines(config::LogSpec::Format format, std::string_view formatted);

}   // namespace talos::logs
