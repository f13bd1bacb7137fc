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

/// Where one log stands for whoever reads it in several answers of talosd: by the stamp of the last line, and how many lines had that
/// one. Pure.
class LogMark {
public:
    /// A line as it stands in the file. False for one that was there before the last begin_again(): it is to be passed over.
    [[nodiscard]] bool take(std::string_view line);
    /// The next lines are those from the last stamp on.
    void begin_again() { skip_ = at_last_; }
    /// Nothing as long as no line had a stamp; one without it counts to the line before.
    [[nodiscard]] const std::optional<std::int64_t>& last() const { return last_; }
    [[nodiscard]] std::size_t lines() const { return lines_; }

private:
    std::optional<std::int64_t> last_;
    std::size_t at_last_ = 0;   // lines that had it
    std::size_t skip_ = 0;
    std::size_t lines_ = 0;   // that were taken
};

/// One worker's log over the control socket.
class RemoteLog {
public:
    RemoteLog(std::size_t source, std::string worker, const LogsOptions& options, const LogFilter& filter)
        : source_(source), worker_(std::move(worker)), options_(&options), filter_(&filter) {}

    /// What is there by now, into `all`: the last ones that are wanted, or those since the time that is wanted. Who goes on to follow
    /// gets none of a log without stamps now: nobody could tell where it ended.
    [[nodiscard]] Result<http::Response> fetch(http::Client& client, std::vector<ShownRecord>& all);

    /// What asks for all that comes behind what was taken: the values of two parameters, one of them empty.
    struct Behind {
        std::string since;
        std::string lines;
    };
    [[nodiscard]] Behind behind();
    [[nodiscard]] std::string target_behind();
    /// What was asked for was refused: the next behind() asks for the same.
    void ask_again() { behind_ = std::exchange(old_, 0); }
    /// A line of that answer; nothing when it is not to be shown.
    [[nodiscard]] std::optional<ShownRecord> take(std::string_view line);
    /// What tells whether it can still be read, and brings nothing.
    [[nodiscard]] std::string target_of_nothing() const { return target("lines=0"); }

    [[nodiscard]] const std::string& worker() const { return worker_; }
    /// Of the oldest record that fetch() has given, only the end.
    [[nodiscard]] bool is_cut() const { return cut_; }
    /// No line of those that came had a stamp.
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
    std::deque<ShownRecord> kept_;   // by an answer that ends; their order is the number of their line
    std::int64_t first_ = 0;         // that of the first record, wanted or not
    std::size_t behind_ = 0;         // lines of a log without stamps that whoever follows is to see
    bool cut_ = false;
    std::size_t old_ = 0;   // lines of the answer that were there before it was asked for
};

}   // namespace talos::cli
