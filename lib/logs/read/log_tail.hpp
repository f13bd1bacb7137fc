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
    std::size_t records = 0;   ///< at most so many
    LineShape shape = LineShape::stamped;
    BackwardLines::Unfinished unfinished = BackwardLines::Unfinished::include;
    std::function<bool(const LogRecord&)> wanted = {};   ///< the others do not count; empty: all
    /// ns since the epoch: none that is older. One without a time counts as written when the one before it was.
    std::optional<std::int64_t> since = {};
    /// Likewise: only older ones. Where they end is found by halving, so that what is newer is not read. Not for a follower.
    std::optional<std::int64_t> until = {};
    std::size_t bytes = 64u << 20;   ///< of text, at most; the last record may exceed it
};

/// The last records of a log and what a follower needs to go on behind them.
struct Tail {
    std::vector<LogRecord> records;   ///< oldest first
    LogReader end;
    LineJoiner joiner;
    bool shortened = false;   ///< `bytes` were reached before `records`
    bool cut = false;         ///< the oldest record is only the end of a line that is longer than 1 MiB
};
/// Reads from the end, no further back than needed. With `leave`, what is not finished (no newline yet, or last piece missing) is left
/// to the follower.
[[nodiscard]] Result<Tail> read_tail(const std::string& path, const TailQuery& query);

}   // namespace talos::logs
