#pragma once
#include "core/result.hpp"
#include "logs/read/log_reader.hpp"
#include <optional>
#include <string>

namespace talos::logs {

/// The lines of a log as they are finished, for a reader of many logs: between two calls nothing of the text is held, the beginning of a
/// line stays in the file.
class WholeLines {
public:
    /// `until`: where it stops, in the middle of a line too; empty: it goes on with what is written.
    explicit WholeLines(LogReader reader, std::optional<LogReader> until = {})
        : reader_(std::move(reader)), until_(std::move(until)) {}

    /// `lines` becomes the next lines, each with a newline: at most a piece of the log, or one line that is longer. A line over 1 MiB comes
    /// in pieces, each as a line. What a file ends with is a line once another file was begun. False: there are no more by now.
    [[nodiscard]] Result<bool> next(std::string& lines);
    /// What stands behind the last newline by now becomes a line; false when nothing does.
    [[nodiscard]] Result<bool> rest(std::string& lines);

    [[nodiscard]] const LogReader& reader() const { return reader_; }

private:
    [[nodiscard]] Result<std::size_t> read(std::string& bytes);

    LogReader reader_;
    std::optional<LogReader> until_;
};

}   // namespace talos::logs
