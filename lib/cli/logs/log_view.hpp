#pragma once
#include "cli/logs/log_times.hpp"
#include "cli/logs/run_marks.hpp"
#include "logs/format/log_line.hpp"
#include "terminal/interleaver.hpp"
#include <cstdint>
#include <string>
#include <vector>

/// How `logs` looks. Pure.
namespace talos::cli {

using logs::LineShape;
using logs::LogRecord;

struct ShownRecord {
    std::size_t source = 0;
    LogRecord record;
    std::int64_t order = 0;   ///< what it is merged by, ns since the epoch
};

/// Adds one log's records; a line without a time counts as written when the one before it was, a wholly raw log at `fallback`.
void add_records(std::vector<ShownRecord>& all, std::size_t source, std::vector<LogRecord> records, std::int64_t fallback);

/// Merged by time, each log's own order kept, and only the last `count`.
void keep_last(std::vector<ShownRecord>& records, std::size_t count);

/// One log: its lines as they are. Several: each under its worker's name. JSON: an array, or, when following, an object a line.
class LogView {
public:
    struct Settings {
        bool color = false;
        std::size_t columns =
            0;   ///< of a terminal, where lines are made harmless; 0: elsewhere, where they pass byte by byte when only one log is shown
        bool json = false;
        bool follow = false;
        bool timestamps = false;
        bool utc = false;
        std::int64_t now = 0;   ///< ns since the epoch
    };
    LogView(Settings settings, const std::vector<std::string>& workers);

    /// A line goes in front of those of another run than the one before: `── run 3, pid 4711, 14:02:11 ──`. JSON: `run` and `pid` in each
    /// record. `runs` outlives the view.
    void mark_runs(RunMarks& runs) { runs_ = &runs; }

    void show(const ShownRecord& record, std::string& out);
    /// After the last record that was there already.
    void end(std::string& out);

private:
    void show_json(const ShownRecord& record, const std::optional<Run>& run, std::string& out);
    void show_run(std::size_t source, const Run& run, std::string& out);

    Settings settings_;
    LogTimes times_;
    RunMarks* runs_ = nullptr;
    std::vector<unsigned> shown_runs_;   // by source, the number; 0: none
    std::vector<std::string> workers_;
    terminal::Interleaver interleaver_;
    bool first_ = true;
};

}   // namespace talos::cli
