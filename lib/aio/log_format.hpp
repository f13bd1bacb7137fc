#pragma once
#include "config/model.hpp"
#include "core/time.hpp"
#include <string>
#include <string_view>

/// How a worker's lines look in its log file.
/// cri: Kubernetes' CRI log line, `2026-01-29T00:31:10.123456789Z stdout F text`, `P` for a piece of a longer line
/// (kubernetes/design-proposals-archive, kubelet-cri-logging.md). json: {"time", "stream", "line"} and "partial": true.
namespace talos::aio {

/// Lines over this are split, as readers of CRI logs expect.
inline constexpr std::size_t max_line = 16 * 1024;

/// RFC 3339 with nanoseconds, UTC: 30 characters.
class LogClock {
public:
    /// The wall clock now; formatting is done once for all lines of a read.
    [[nodiscard]] std::string_view now();

private:
    std::int64_t second_ = -1;
    char text_[31] = {};
};

enum class LineEnd { full, partial };

/// Appends one line in the format; `line` is without its newline.
void append_line(config::LogSpec::Format format, std::string_view stamp, std::string_view line, LineEnd end, std::string& out);

}  // namespace talos::aio
