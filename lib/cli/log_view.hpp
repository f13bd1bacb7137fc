#pragma once
#include "daemon/log_line.hpp"
#include "terminal/interleaver.hpp"
#include <cstdint>
#include <string>
#include <vector>

/// How `logs` looks. Pure.
namespace talos::cli {

using daemon::LineShape;
using daemon::LogRecord;

struct ShownRecord {
    std::size_t source = 0;
    LogRecord record;
    std::int64_t order = 0;  ///< what it is merged by, ns since the epoch
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
        std::size_t columns = 0;  ///< of a terminal, where lines are made harmless; 0: elsewhere, where they pass byte by byte when only one log is shown
        bool json = false;
        bool follow = false;
    };
    LogView(Settings settings, const std::vector<std::string>& workers);

    void show(const ShownRecord& record, std::string& out);
    /// After the last record that was there already.
    void end(std::string& out);

private:
    void show_json(const ShownRecord& record, std::string& out);

    Settings settings_;
    std::vector<std::string> workers_;
    terminal::Interleaver interleaver_;
    bool first_ = true;
};

}  // namespace talos::cli
