#pragma once
#include "cli/logs/log_filter.hpp"
#include "cli/logs/log_view.hpp"
#include "core/result.hpp"
#include "logs/read/log_lines.hpp"
#include <cstdint>
#include <optional>
#include <vector>

namespace talos::cli {

/// One log's records, oldest first, those that are wanted.
class RecordStream {
public:
    RecordStream(std::size_t source, logs::ForwardLines lines, logs::LineJoiner joiner, LogFilter filter)
        : source_(source), lines_(std::move(lines)), joiner_(std::move(joiner)), filter_(std::move(filter)) {}
    /// ns since the epoch.
    struct Span {
        std::int64_t since = 0;              ///< 0: from the beginning, also lines without times
        std::optional<std::int64_t> until;   ///< none: up to what stands there now
    };
    /// From the first line with the time `since` or a later one on to the first one with `until` or a later one, which is not among them.
    [[nodiscard]] static Result<RecordStream> since(std::size_t source, const std::string& path, logs::LineShape shape, Span span,
                                                    LogFilter filter);

    /// False when there are no more by now. Its order is its time, or that of the record before it.
    [[nodiscard]] Result<bool> next(ShownRecord& record);
    /// The same for what is not finished, once there is nothing else.
    [[nodiscard]] bool next_unfinished(ShownRecord& record);
    /// From here on what is added comes as well.
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
    std::optional<std::int64_t> order_;   // of the last one
    bool saw_unfinished_ = false;
};

/// Several logs as one, by time; each keeps its own order.
class LogMerge {
public:
    explicit LogMerge(std::vector<RecordStream>& streams) : streams_(streams) {}
    /// The next one of all; false when there are no more by now. With `unfinished`, what is not finished comes as well.
    [[nodiscard]] Result<bool> next(ShownRecord& record, bool unfinished);

private:
    [[nodiscard]] Result<> refill(std::size_t stream, bool unfinished);

    std::vector<RecordStream>& streams_;
    std::vector<std::pair<ShownRecord, std::size_t>> heap_;   // the first of each stream, and which stream it is
    bool begun_ = false;
};

}   // namespace talos::cli
