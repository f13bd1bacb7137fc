#pragma once
#include "cli/logs/log_filter.hpp"
#include "cli/logs/log_view.hpp"
#include "core/result.hpp"
#include "logs/read/log_lines.hpp"
#include <cstdint>
#include <optional>
#include <vector>

namespace talos::cli {

/// The selected records of one log, oldest first.
class RecordStream {
public:
    RecordStream(std::size_t source, logs::ForwardLines lines, logs::LineJoiner joiner, LogFilter filter)
        : source_(source), lines_(std::move(lines)), joiner_(std::move(joiner)), filter_(std::move(filter)) {}
    /// In ns since the epoch.
    struct Span {
        std::int64_t since = 0;              ///< 0: from the beginning, lines without timestamps included
        std::optional<std::int64_t> until;   ///< nullopt: to the current end
    };
    /// The lines from the first one at or after `since` up to, but not including, the first one at or after `until`.
    [[nodiscard]] static Result<RecordStream> since(std::size_t source, const std::string& path, logs::LineShape shape, Span span,
                                                    LogFilter filter);

    /// False if no complete record is available yet. The order of a record is its time, or the order of the record before it.
    [[nodiscard]] Result<bool> next(ShownRecord& record);
    /// The same for the unfinished line at the end. Call after next() has returned false.
    [[nodiscard]] bool next_unfinished(ShownRecord& record);
    /// From here on, new lines are included.
    void go_on() { lines_.go_on(); }

    [[nodiscard]] std::size_t source() const { return source_; }
    [[nodiscard]] const logs::LogReader& reader() const { return lines_.reader(); }

private:
    [[nodiscard]] bool accept(LogRecord joined, ShownRecord& record);

    std::size_t source_;
    logs::ForwardLines lines_;
    logs::LineJoiner joiner_;
    LogFilter filter_;
    std::optional<std::int64_t> since_;
    std::optional<std::int64_t> until_;
    std::optional<std::int64_t> order_;   // of the latest record
    bool saw_unfinished_ = false;
};

/// Merges several logs by time and keeps the order within each log.
class LogMerge {
public:
    explicit LogMerge(std::vector<RecordStream>& streams) : streams_(streams) {}
    /// The next record of all logs; false if none is available yet. With `unfinished`, unfinished lines are included.
    [[nodiscard]] Result<bool> next(ShownRecord& record, bool unfinished);

private:
    [[nodiscard]] Result<> refill(std::size_t stream, bool unfinished);

    std::vector<RecordStream>& streams_;
    std::vector<std::pair<ShownRecord, std::size_t>> heap_;   // the first record of each stream, and the stream's index
    bool begun_ = false;
};

}   // namespace talos::cli
