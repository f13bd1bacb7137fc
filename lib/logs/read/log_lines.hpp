#pragma once
#include "core/result.hpp"
#include "logs/read/log_reader.hpp"
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// The lines of a rotated file, without their newlines. One over 1 MiB comes in pieces. What a file ends with is a line, too, whether
/// or not it has a newline.
namespace talos::logs {

/// From the newest to the oldest.
class BackwardLines {
public:
    enum class Unfinished { include, leave };   ///< what stands behind the last newline
    /// A file that does not exist is an empty one. Fails with EACCES and the like.
    [[nodiscard]] static Result<BackwardLines> open(std::string path, Unfinished unfinished);
    /// From the begin of a line on, which is not given itself.
    [[nodiscard]] static BackwardLines before(LogReader reader) { return BackwardLines(std::move(reader)); }

    /// The line before the last one given; false when there are no more.
    [[nodiscard]] Result<bool> previous(std::string& line);

    /// Whether the last line given is only the end of one that is longer than 1 MiB.
    [[nodiscard]] bool is_cut() const { return cut_; }

    /// Behind the newest line, as it was at open(): who follows goes on there.
    [[nodiscard]] const LogReader& end() const { return end_; }

private:
    explicit BackwardLines(LogReader reader) : reader_(std::move(reader)), end_(reader_) {}
    [[nodiscard]] Result<> leave_unfinished();

    LogReader reader_;
    LogReader end_;
    std::string piece_;
    std::string held_;   // read and not yet given; ends where the last given line began
    bool cut_ = false;
};

/// From a line's begin on, to those that are complete by now.
class ForwardLines {
public:
    /// `until`: where it stops; may be empty.
    explicit ForwardLines(LogReader reader, std::optional<LogReader> until = {})
        : reader_(std::move(reader)), until_(std::move(until)) {}
    /// From here on it does not stop there.
    void go_on() { until_.reset(); }

    /// Valid until the next call; false when there are no more by now.
    [[nodiscard]] Result<bool> next(std::string_view& line);
    /// Calls `line` for each.
    [[nodiscard]] Result<> read(const std::function<void(std::string_view line)>& line);
    /// The beginning of a line whose end has not come.
    [[nodiscard]] std::string_view unfinished() const { return std::string_view(held_).substr(begin_); }

    /// Where it has read to.
    [[nodiscard]] const LogReader& reader() const { return reader_; }

private:
    LogReader reader_;
    std::optional<LogReader> until_;
    std::string held_;
    std::size_t begin_ = 0;   // of what was not yet given
    std::size_t cut_ = 0;     // not 0: a line ends there, with its file
};

}   // namespace talos::logs
