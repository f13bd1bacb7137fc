#pragma once
#include "core/result.hpp"
#include "logs/format/log_line.hpp"
#include "logs/read/log_lines.hpp"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace talos::logs {

struct TailQuery {
    std::size_t records = 0;   ///< the maximum number
    LineShape shape = LineShape::stamped;
    BackwardLines::Unfinished unfinished = BackwardLines::Unfinished::include;
    std::function<bool(const LogRecord&)> wanted = {};   ///< other records do not count; empty: all records
    /// ns since the epoch: no older records. A record without a time counts as written at the time of the record before it.
    std::optional<std::int64_t> since = {};
    /// ns since the epoch: only older records. The end is found by binary search, so newer records are not read. Not for
    /// following a log.
    std::optional<std::int64_t> until = {};
    std::size_t bytes = 64u << 20;   ///< maximum length of the text; the last record may exceed it
};

/// The last records of a log, and the state for following it.
struct Tail {
    std::vector<LogRecord> records;   ///< oldest first
    LogReader end;
    LineJoiner joiner;
    bool shortened = false;   ///< `bytes` was reached before `records`
    bool cut = false;         ///< the oldest record is only the end of a line longer than 1 MiB
};
/// Reads backward from the end, only as far as necessary. With `leave`, an incomplete line (without newline, or without its last
/// part) is left for following the log.
[[nodiscard]] Result<Tail> read_tail(const std::string& path, const TailQuery& query);

}   // namespace talos::logs
