#pragma once
#include "core/result.hpp"
#include "logs/read/log_reader.hpp"
#include <optional>
#include <string>

namespace talos::logs {

/// Reads complete lines, for a reader of many logs: it stores no text between two calls, because the start of an incomplete line
/// is read from the file again.
class WholeLines {
public:
    /// `until`: the position to stop at, even within a line; empty: no limit, so that later data is read too.
    explicit WholeLines(LogReader reader, std::optional<LogReader> until = {})
        : reader_(std::move(reader)), until_(std::move(until)) {}

    /// Sets `lines` to the next lines, each with a newline: at most one piece of the log, or one longer line. A line over 1 MiB
    /// is returned in parts, each as a line. The end of a file ends a line once the next file has begun. Returns false if there
    /// are no more lines now.
    [[nodiscard]] Result<bool> next(std::string& lines);
    /// Returns the text after the last newline as a line. Returns false if there is none.
    [[nodiscard]] Result<bool> take_unfinished(std::string& lines);

    [[nodiscard]] const LogReader& reader() const { return reader_; }

private:
    [[nodiscard]] Result<std::size_t> read(std::string& bytes);

    LogReader reader_;
    std::optional<LogReader> until_;
};

}   // namespace talos::logs
