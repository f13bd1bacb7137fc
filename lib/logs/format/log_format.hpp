// logs/format: The lines of a log, as text and JSON: writer and parser.
// The parser reads all lines that the writer makes.
// Begin with log_format.hpp and log_line.hpp.
#pragma once
#include "config/model/model.hpp"
#include "core/time.hpp"
#include "logs/format/stream.hpp"
#include <string>
#include <string_view>

/// The formats of a worker's log file.
/// cri: the CRI log format of Kubernetes, `2026-01-29T00:31:10.123456789Z stdout F text`, with `P` for a part of a longer line
/// (kubernetes/design-proposals-archive, kubelet-cri-logging.md).
/// json: {"time", "stream", "line"}, and "partial": true for a part.
/// raw: the output unchanged.
namespace talos::logs {

/// The current time in RFC 3339 with nanoseconds, UTC: 30 characters.
class LogClock {
public:
    /// Reads the wall clock. The text is formatted once for all lines of a read.
    [[nodiscard]] std::string_view now();

private:
    std::int64_t second_ = -1;
    char text_[31] = {};
};

enum class LineEnd : std::uint8_t { full, partial };

/// Formats the lines from one read.
class LineFormat {
public:
    LineFormat(config::LogSpec::Format format, std::string_view stamp, Stream stream);

    /// Appends one line. `line` has no newline.
    void append(std::string_view line, LineEnd end, std::string& out) const;

private:
    config::LogSpec::Format format_;
    std::string head_[2];   // by LineEnd
};

/// The amount of output that formatted lines contain: bytes with newlines; a part does not count as a line.
struct LineCount {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
};
[[nodiscard]] LineCount count_lines(config::LogSpec::Format format, std::string_view formatted);

}   // namespace talos::logs
