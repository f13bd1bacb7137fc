#pragma once
#include "cli/logs/log_times.hpp"
#include "cli/logs/run_marks.hpp"
#include "logs/format/log_line.hpp"
#include "terminal/interleaver.hpp"
#include <cstdint>
#include <string>
#include <vector>

/// The output format of `logs`. Pure.
namespace talos::cli {

using logs::LineShape;
using logs::LogRecord;

struct ShownRecord {
    std::size_t source = 0;
    LogRecord record;
    std::int64_t order = 0;   ///< sort key of the merge, ns since the epoch
};

/// Adds one log's records. A line without a timestamp counts as written with the line before it; a log without any timestamps
/// counts as written at `fallback`.
void add_records(std::vector<ShownRecord>& all, std::size_t source, std::vector<LogRecord> records, std::int64_t fallback);

/// Merges by time, keeps the order within each log, and keeps only the last `count`.
void keep_last(std::vector<ShownRecord>& records, std::size_t count);

/// One log: its lines unchanged. Several: each line with its worker's name as prefix. JSON: an array, or one object per line with
/// `follow`.
class LogView {
public:
    struct Settings {
        bool color = false;
        /// width of a terminal, where lines are sanitized; 0: not a terminal, and a single log passes through unchanged
        std::size_t columns = 0;
        bool json = false;
        bool follow = false;
        bool timestamps = false;
        bool utc = false;
        std::int64_t now = 0;   ///< ns since the epoch
    };
    LogView(Settings settings, const std::vector<std::string>& workers);

    /// Prints a line where the run changes: `── run 3, pid 4711, 14:02:11 ──`. JSON: adds `run` and `pid` to each record. `runs`
    /// must outlive the view.
    void mark_runs(RunMarks& runs) { runs_ = &runs; }

    void show(const ShownRecord& record, std::string& out);
    /// Call after the last existing record, before following.
    void end(std::string& out);

private:
    void show_json(const ShownRecord& record, const std::optional<Run>& run, std::string& out);
    void show_run(std::size_t source, const Run& run, std::string& out);

    Settings settings_;
    LogTimes times_;
    RunMarks* runs_ = nullptr;
    std::vector<unsigned> shown_runs_;   // by source: the number of the run; 0: none
    std::vector<std::string> workers_;
    terminal::Interleaver interleaver_;
    bool first_ = true;
};

}   // namespace talos::cli
