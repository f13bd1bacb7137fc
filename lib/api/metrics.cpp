#include "api/metrics.hpp"
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace talos::api {
namespace {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string written(std::uint64_t value) { return std::to_string(value); }

/// Seconds to the nanosecond, never with an exponent, since bounds are also labels. Not std::to_chars, which would make talosd
/// load libm.
std::string written(double value) {
    char digits[512];
    const int length = std::snprintf(digits, sizeof digits, "%.9f", value);
    std::string text(digits, length > 0 ? static_cast<std::size_t>(length) : 0);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\n') out += "\\n";
        else if (c == '"' || c == '\\') out.append(1, '\\').append(1, c);
        else out += c;
    }
}

class Exposition {
public:
    /// All samples up to the next family() belong to this family.
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
        out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    }

    template <class Value>
    void sample(Value value, Labels labels = {}) {
        begin({}, labels);
        end(written(value));
    }

    /// With the worker's name and one more label, which is already formatted.
    void sample(std::uint64_t value, std::string_view worker, std::string_view label) {
        begin({}, {{"worker", worker}});
        out_.pop_back();
        out_.append(",").append(label).append("}");
        end(written(value));
    }

    void histogram(std::string_view name, std::string_view help, const Histogram& histogram) {
        family(name, "histogram", help);
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
            total += histogram.counts[i];
            begin("_bucket", {{"le", i < Histogram::bounds.size() ? written(Histogram::bounds[i]) : std::string("+Inf")}});
            end(written(total));
        }
        begin("_sum", {});
        end(written(histogram.sum));
        begin("_count", {});
        end(written(total));
    }

    /// One value for each worker.
    template <class Get>
    void workers(std::string_view name, std::string_view type, std::string_view help, const std::vector<WorkerMetrics>& workers,
                 Get get) {
        family(name, type, help);
        for (const auto& worker : workers) sample(get(worker), {{"worker", worker.name}});
    }

    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    void begin(std::string_view suffix, Labels labels) {
        out_.append(name_).append(suffix);
        char separator = '{';
        for (const auto& [label, value] : labels) {
            out_.append(1, separator).append(label).append("=\"");
            append_escaped(out_, value);
            out_ += '"';
            separator = ',';
        }
        if (labels.size() > 0) out_ += '}';
    }
    void end(std::string_view value) { out_.append(" ").append(value).append("\n"); }

    std::string out_;
    std::string name_;
};

void append_states(Exposition& out, const std::vector<WorkerMetrics>& workers) {
    out.family("talos_worker_state", "gauge", "State of the worker: 1 for the one it is in, 0 for the others.");
    for (const auto& worker : workers) {
        for (const auto state : state::documented_states) {
            const std::uint64_t is = worker.state == state ? 1 : 0;
            out.sample(is, {{"worker", worker.name}, {"state", worker::to_text(state)}});
        }
    }
}

void append_exits(Exposition& out, const std::vector<WorkerMetrics>& workers) {
    out.family("talos_worker_exits_total", "counter", "Ended runs of the worker's main process, by exit code or signal.");
    for (const auto& worker : workers)
        for (const auto& [label, count] : worker.exits) out.sample(count, worker.name, label);
}

/// Only for workers whose config enables health checks.
void append_health(Exposition& out, const std::vector<WorkerMetrics>& workers) {
    out.family("talos_worker_healthy", "gauge", "Whether the worker is healthy; only for workers with health checks.");
    for (const auto& worker : workers)
        if (worker.healthy) out.sample(std::uint64_t{*worker.healthy ? 1u : 0u}, {{"worker", worker.name}});
    out.family("talos_worker_failed_probes_total", "counter",
               "Failed probes of the worker's health, missed heartbeats included.");
    for (const auto& worker : workers)
        if (worker.healthy) out.sample(worker.failed_probes, {{"worker", worker.name}});
}

void append_workers(Exposition& out, const std::vector<WorkerMetrics>& all) {
    const auto flag = [](bool value) -> std::uint64_t { return value ? 1 : 0; };
    append_states(out, all);
    out.workers("talos_worker_up_wanted", "gauge", "Whether the worker's goal is up.", all,
                [&](const auto& w) { return flag(w.up_wanted); });
    out.workers("talos_worker_ready", "gauge", "Whether the worker is ready.", all, [&](const auto& w) { return flag(w.ready); });
    out.workers("talos_worker_restarts_total", "counter", "Automatic restarts since talosd started.", all,
                [](const auto& w) { return w.restarts; });
    append_exits(out, all);
    out.workers("talos_worker_uptime_seconds", "gauge", "Age of the current run; 0 without a process.", all,
                [](const auto& w) { return w.has_process ? w.uptime_seconds : 0.0; });
    out.workers("talos_worker_processes", "gauge", "Processes in the worker's tree.", all,
                [](const auto& w) { return std::uint64_t{w.processes}; });
    out.workers("talos_worker_cpu_seconds_total", "counter",
                "CPU time of the live processes in the tree and of the children that they have reaped.", all,
                [](const auto& w) { return w.cpu_seconds; });
    out.workers("talos_worker_resident_bytes", "gauge", "Resident memory, summed over the worker's tree.", all,
                [](const auto& w) { return w.resident_bytes; });
    out.workers("talos_worker_logged_bytes_total", "counter", "Bytes of output written to the worker's log.", all,
                [](const auto& w) { return w.logged_bytes; });
    out.workers("talos_worker_dropped_bytes_total", "counter", "Bytes of output that could not be written to the worker's log.",
                all, [](const auto& w) { return w.dropped_bytes; });
    append_health(out, all);
}

void append_daemon(Exposition& out, const Metrics& metrics) {
    out.family("talos_build_info", "gauge", "The version of the running talosd; always 1.");
    out.sample(std::uint64_t{1}, {{"version", metrics.version}});
    out.family("talos_events_total", "counter", "Lines in the history: the sequence of the last one.");
    out.sample(metrics.events);
    out.histogram("talos_restart_latency_seconds", "Time from the reap of a run to the spawn of the next one, without backoff.",
                  metrics.restart_latency);
    out.histogram("talos_status_write_seconds", "Time to write status.json.", metrics.status_write);
    out.family("talos_status_write_failures_total", "counter", "Writes of status.json that failed.");
    out.sample(metrics.status_write_failures);
    out.histogram("talos_loop_busy_seconds", "Time that a turn of the event loop took; talosd handles nothing else meanwhile.",
                  metrics.turn);
}

/// The metric names that client libraries conventionally export for a process.
void append_process(Exposition& out, const Metrics& metrics) {
    out.family("process_cpu_seconds_total", "counter", "CPU time of talosd.");
    out.sample(metrics.cpu_seconds);
    out.family("process_resident_memory_bytes", "gauge", "Resident memory of talosd.");
    out.sample(metrics.resident_bytes);
    out.family("process_open_fds", "gauge", "Open descriptors of talosd.");
    out.sample(metrics.open_descriptors);
    out.family("process_start_time_seconds", "gauge", "Start of talosd, in seconds since the epoch.");
    out.sample(metrics.start_time_seconds);
}

}   // namespace

std::string to_text(const Metrics& metrics) {
    Exposition out;
    append_workers(out, metrics.workers);
    append_daemon(out, metrics);
    append_process(out, metrics);
    return out.take();
}

}   // namespace talos::api
