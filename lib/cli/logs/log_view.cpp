#include "cli/logs/log_view.hpp"
#include "cli/command_line/moment.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

namespace talos::cli {

void add_records(std::vector<ShownRecord>& all, std::size_t source, std::vector<LogRecord> records, std::int64_t fallback) {
    const auto stamped =
        std::find_if(records.begin(), records.end(), [](const LogRecord& record) { return record.time.has_value(); });
    std::int64_t order = stamped == records.end() ? fallback : *stamped->time;
    for (auto& record : records) {
        order = std::max(order, record.time.value_or(order));   // keeps the order of a log's lines when the clock was set back
        all.push_back({source, std::move(record), order});
    }
}

void keep_last(std::vector<ShownRecord>& records, std::size_t count) {
    std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.order < b.order; });
    if (records.size() > count)
        records.erase(records.begin(), records.end() - static_cast<std::vector<ShownRecord>::difference_type>(count));
}

LogView::LogView(Settings settings, const std::vector<std::string>& workers)
    : settings_(settings), times_(settings.utc ? LogTimes::Zone::utc : LogTimes::Zone::local, settings.now),
      shown_runs_(workers.size()), workers_(workers),
      interleaver_(settings.color,
                   workers.size() > 1 ? terminal::Interleaver::Prefix::names : terminal::Interleaver::Prefix::none) {
    interleaver_.columns(settings.columns);
    for (const auto& worker : workers_) (void)interleaver_.add(worker);
}

void LogView::show(const ShownRecord& record, std::string& out) {
    const auto run = runs_ != nullptr ? runs_->run_of(record.source, record.record.time) : std::nullopt;
    if (settings_.json) return show_json(record, run, out);
    if (run && std::exchange(shown_runs_[record.source], run->number) != run->number) show_run(record.source, *run, out);
    const auto time = settings_.timestamps ? times_.of_line(record.record.time) : std::string_view{};
    if (workers_.size() > 1 || settings_.columns != 0) {
        interleaver_.stamp(time);
        interleaver_.output(record.source, record.record.text, out);
        interleaver_.output(record.source, "\n", out);
        return;
    }
    out.append(time);
    if (!time.empty() && !record.record.text.empty()) out += ' ';
    out.append(record.record.text).append("\n");
}

void LogView::show_run(std::size_t source, const Run& run, std::string& out) {
    const auto text =
        "── run " + std::to_string(run.number) + ", pid " + std::to_string(run.pid) + ", " + times_.of_run(run.begun) + " ──";
    using Tone = terminal::Interleaver::Tone;
    if (workers_.size() > 1) interleaver_.about(source, Tone::dim, text, out);
    else interleaver_.message(Tone::dim, text, out);
}

void LogView::show_json(const ShownRecord& record, const std::optional<Run>& run, std::string& out) {
    boost::json::object object{{"worker", workers_[record.source]}};
    if (record.record.time) object["time"] = rfc3339(*record.record.time);
    if (!record.record.stream.empty()) object["stream"] = record.record.stream;
    if (run) {
        object["run"] = run->number;
        object["pid"] = run->pid;
    }
    object["line"] = valid_utf8(record.record.text);
    if (!settings_.follow) out.append(first_ ? "[\n" : ",\n");
    first_ = false;
    out.append(escaped_json(boost::json::serialize(object)));
    if (settings_.follow) out += '\n';
}

void LogView::end(std::string& out) {
    if (settings_.json && !settings_.follow) out.append(first_ ? "[]\n" : "\n]\n");
}

}   // namespace talos::cli
