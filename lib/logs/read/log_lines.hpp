#pragma once
#include "core/result.hpp"
#include "logs/read/log_reader.hpp"
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// The lines of a rotated log, without newlines. A line over 1 MiB is returned in parts. The end of a file ends a line even
/// without a newline.
namespace talos::logs {

/// From the newest line to the oldest.
class BackwardLines {
public:
    enum class Unfinished { include, leave };   ///< text after the last newline
    /// A file that does not exist counts as empty. Fails with EACCES and similar errors.
    [[nodiscard]] static Result<BackwardLines> open(std::string path, Unfinished unfinished);
    /// Starts before the line at the position of `reader`.
    [[nodiscard]] static BackwardLines before(LogReader reader) { return BackwardLines(std::move(reader)); }

    /// Reads the line before the previous one. Returns false if there are no more.
    [[nodiscard]] Result<bool> previous(std::string& line);

    /// Whether the last returned line is only the end of a line longer than 1 MiB.
    [[nodiscard]] bool is_cut() const { return cut_; }

    /// The position after the newest line at the time of open(), for following the log.
    [[nodiscard]] const LogReader& end() const { return end_; }

private:
    explicit BackwardLines(LogReader reader) : reader_(std::move(reader)), end_(reader_) {}
    [[nodiscard]] Result<> leave_unfinished();

    LogReader reader_;
    LogReader end_;
    std::string piece_;
    std::string buffer_;   // read but not returned yet; ends at the start of the last returned line
    bool cut_ = false;
};

/// From the start of a line to the last complete line.
class ForwardLines {
public:
    /// `until`: the position to stop at; may be empty.
    explicit ForwardLines(LogReader reader, std::optional<LogReader> until = {})
        : reader_(std::move(reader)), until_(std::move(until)) {}
    /// Removes that limit.
    void go_on() { until_.reset(); }

    /// The line is valid until the next call. Returns false if there are no more lines now.
    [[nodiscard]] Result<bool> next(std::string_view& line);
    /// Calls `line` for each line.
    [[nodiscard]] Result<> read(const std::function<void(std::string_view line)>& line);
    /// The start of a line whose end was not written yet.
    [[nodiscard]] std::string_view unfinished() const { return std::string_view(buffer_).substr(begin_); }

    /// The position after the bytes read so far.
    [[nodiscard]] const LogReader& reader() const { return reader_; }

private:
    LogReader reader_;
    std::optional<LogReader> until_;
    std::string buffer_;
    std::size_t begin_ = 0;   // of the text that was not returned yet
    std::size_t cut_ = 0;     // not 0: a line ends here because its file ends
};

}   // namespace talos::logs
