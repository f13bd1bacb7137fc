#include "api/metrics.hpp"
#include "support/catch.hpp"
#include <set>
#include <sstream>

using namespace talos;
using namespace talos::api;
using namespace std::chrono_literals;

namespace {

Metrics example() {
    Metrics metrics;
    metrics.version = "0.1.0";
    metrics.start_time_seconds = 1'769'650'000.25;
    metrics.cpu_seconds = 1.5;
    metrics.resident_bytes = 4'096;
    metrics.open_descriptors = 12;
    metrics.events = 17;
    metrics.restart_latency.observe(400us);
    metrics.restart_latency.observe(1ms);
    metrics.restart_latency.observe(10s);
    WorkerMetrics web;
    web.name = "web";
    web.state = worker::State::backoff;
    web.up_wanted = true;
    web.restarts = 3;
    web.exits = {{"code=\"1\"", 2}, {"signal=\"SIGKILL\"", 1}};
    web.processes = 4;
    web.cpu_seconds = 0.000001;
    web.resident_bytes = 1u << 30;
    metrics.workers = {web, web};
    metrics.workers[1].name = "queue";
    metrics.workers[1].has_process = true;
    metrics.workers[1].uptime_seconds = 12.5;
    metrics.workers[1].healthy = true;
    metrics.workers[1].failed_probes = 7;
    return metrics;
}

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}   // namespace

TEST_CASE("metrics: samples of workers") {
    const auto text = to_text(example());
    CHECK(has_line(text, "talos_worker_restarts_total{worker=\"web\"} 3"));
    CHECK(has_line(text, "talos_worker_exits_total{worker=\"web\",code=\"1\"} 2"));
    CHECK(has_line(text, "talos_worker_exits_total{worker=\"queue\",signal=\"SIGKILL\"} 1"));
    CHECK(has_line(text, "talos_worker_uptime_seconds{worker=\"web\"} 0"));
    CHECK(has_line(text, "talos_worker_uptime_seconds{worker=\"queue\"} 12.5"));
    CHECK(has_line(text, "talos_worker_cpu_seconds_total{worker=\"web\"} 0.000001"));
    CHECK(has_line(text, "talos_worker_up_wanted{worker=\"web\"} 1"));
    CHECK(has_line(text, "talos_worker_ready{worker=\"web\"} 0"));
    CHECK(has_line(text, "talos_build_info{version=\"0.1.0\"} 1"));
    CHECK(has_line(text, "process_start_time_seconds 1769650000.25"));
    CHECK(has_line(text, "talos_events_total 17"));
}

TEST_CASE("metrics: health is told of workers whose config asks for it") {
    auto metrics = example();
    CHECK(has_line(to_text(metrics), "talos_worker_healthy{worker=\"queue\"} 1"));
    CHECK(has_line(to_text(metrics), "talos_worker_failed_probes_total{worker=\"queue\"} 7"));
    CHECK(to_text(metrics).find("healthy{worker=\"web\"}") == std::string::npos);
    metrics.workers[1].healthy = false;
    CHECK(has_line(to_text(metrics), "talos_worker_healthy{worker=\"queue\"} 0"));
}

TEST_CASE("metrics: a worker is in exactly one state") {
    const auto text = to_text(example());
    for (const auto state : state::documented_states) {
        const std::string value = state == worker::State::backoff ? "1" : "0";
        CHECK(
            has_line(text, "talos_worker_state{worker=\"web\",state=\"" + std::string(worker::to_text(state)) + "\"} " + value));
    }
}

TEST_CASE("metrics: buckets of a histogram are cumulative, the last one is the count") {
    const auto text = to_text(example());
    CHECK(has_line(text, "talos_restart_latency_seconds_bucket{le=\"0.0005\"} 1"));
    CHECK(has_line(text, "talos_restart_latency_seconds_bucket{le=\"0.001\"} 2"));
    CHECK(has_line(text, "talos_restart_latency_seconds_bucket{le=\"5\"} 2"));
    CHECK(has_line(text, "talos_restart_latency_seconds_bucket{le=\"+Inf\"} 3"));
    CHECK(has_line(text, "talos_restart_latency_seconds_count 3"));
    CHECK(has_line(text, "talos_restart_latency_seconds_sum 10.0014"));
    CHECK(has_line(text, "talos_status_write_seconds_count 0"));
}

TEST_CASE("metrics: every family is introduced once, and every sample belongs to the one before it") {
    std::istringstream lines(to_text(example()));
    std::set<std::string> families;
    std::string family;
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        if (line.starts_with("# HELP ")) {
            family = line.substr(7, line.find(' ', 7) - 7);
            CHECK(families.insert(family).second);
        } else if (line.starts_with("# TYPE ")) {
            CHECK(line.starts_with("# TYPE " + family + " "));
        } else {
            CHECK(line.starts_with(family));
        }
    }
    CHECK(families.size() > 15);
}

TEST_CASE("metrics: labels are escaped, and no workers at all is no problem") {
    Metrics metrics;
    metrics.version = "a\"b\\c\nd";
    CHECK(has_line(to_text(metrics), "talos_build_info{version=\"a\\\"b\\\\c\\nd\"} 1"));
}
