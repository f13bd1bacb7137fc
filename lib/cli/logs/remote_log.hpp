#pragma once
#include "cli/logs/log_filter.hpp"
#include "cli/logs/log_view.hpp"
#include "http/client/client.hpp"
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace talos::cli {

/// The read position in one log across several answers of talosd: the timestamp of the last line, and the number of lines with
/// that timestamp. Pure.
class LogMark {
public:
    /// Takes a line as stored in the file. False for a line that was already received before the last begin_again(): skip it.
    [[nodiscard]] bool take(std::string_view line);
    /// The next lines start at the last timestamp.
    void begin_again() { skip_ = at_last_; }
    /// nullopt until a line with a timestamp was taken. Lines without a timestamp belong to the line before.
    [[nodiscard]] const std::optional<std::int64_t>& last() const { return last_; }
    [[nodiscard]] std::size_t lines() const { return lines_; }

private:
    std::optional<std::int64_t> last_;
    std::size_t at_last_ = 0;   // number of lines with the last timestamp
    std::size_t skip_ = 0;
    std::size_t lines_ = 0;   // number of lines taken
};

/// One worker's log over the control socket.
class RemoteLog {
public:
    RemoteLog(std::size_t source, std::string worker, const LogsOptions& options, const LogFilter& filter)
        : source_(source), worker_(std::move(worker)), options_(&options), filter_(&filter) {}

    /// Reads the existing lines into `all`: the last ones that are selected, or those since the requested time. If a follow comes
    /// next, lines of a log without timestamps are left to the follow, since the position between the two answers would be
    /// unknown.
    [[nodiscard]] Result<http::Response> fetch(http::Client& client, std::vector<ShownRecord>& all);

    /// The query for everything after the lines read so far: two parameters, one of them empty.
    struct Behind {
        std::string since;
        std::string lines;
    };
    [[nodiscard]] Behind behind();
    [[nodiscard]] std::string target_behind();
    /// The last request was refused: the next behind() repeats it.
    void ask_again() { behind_ = std::exchange(old_, 0); }
    /// A line of that answer; nullopt if it is not to be shown.
    [[nodiscard]] std::optional<ShownRecord> take(std::string_view line);
    /// A request that only checks whether the log can still be read.
    [[nodiscard]] std::string target_of_nothing() const { return target("lines=0"); }

    [[nodiscard]] const std::string& worker() const { return worker_; }
    /// Only the end of the oldest record from fetch() is available.
    [[nodiscard]] bool is_cut() const { return cut_; }
    /// None of the received lines had a timestamp.
    [[nodiscard]] bool is_raw() const { return mark_.lines() != 0 && !mark_.last(); }

private:
    [[nodiscard]] std::string target(const std::string& query) const;
    [[nodiscard]] Result<http::Response> fetch(http::Client& client, std::optional<std::size_t> lines);
    [[nodiscard]] std::optional<std::size_t> limit() const;

    std::size_t source_;
    std::string worker_;
    const LogsOptions* options_;
    const LogFilter* filter_;
    LogMark mark_;
    logs::LineJoiner joiner_{LineShape::stamped};
    std::deque<ShownRecord> kept_;   // from a complete answer; ordered by line number
    std::int64_t first_ = 0;         // order of the first record, selected or not
    std::size_t behind_ = 0;         // lines of a log without timestamps that the follow must deliver
    bool cut_ = false;
    std::size_t old_ = 0;   // lines of the answer that were known before
};

}   // namespace talos::cli
