#pragma once
#include "state/status_document.hpp"
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace talos::api {

/// A cumulative histogram with fixed bounds. `observe` does not allocate.
struct Histogram {
    /// Upper bounds in seconds. One unbounded bucket follows.
    static constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0};
    std::array<std::uint64_t, bounds.size() + 1> counts{};   ///< per bucket, not cumulative
    double sum = 0;                                          ///< seconds

    void observe(std::chrono::nanoseconds duration) {
        const double seconds = std::chrono::duration<double>(duration).count();
        std::size_t bucket = 0;
        while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
        ++counts[bucket];
        sum += seconds;
    }
};

struct WorkerMetrics {
    std::string name;
    worker::State state = worker::State::stopped;
    bool up_wanted = false;
    bool ready = false;
    std::uint64_t restarts = 0;
    std::map<std::string, std::uint64_t> exits;   ///< by `code="N"` or `signal="SIGX"`; the key is the formatted label
    double uptime_seconds = 0;                    ///< of the current run; 0: no process
    bool has_process = false;
    std::uint32_t processes = 0;        ///< in the worker's tree
    double cpu_seconds = 0;             ///< of the live processes in the tree and the children that they have reaped
    std::uint64_t resident_bytes = 0;   ///< summed over the tree
    std::uint64_t logged_bytes = 0;
    std::uint64_t dropped_bytes = 0;
    std::optional<bool> healthy;       ///< only where the config enables health checks
    std::uint64_t failed_probes = 0;   ///< only with `healthy`
};

struct Metrics {
    std::string version;
    double start_time_seconds = 0;   ///< of talosd, since the epoch
    double cpu_seconds = 0;          ///< of talosd itself
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t events = 0;    ///< the last sequence number
    Histogram restart_latency;   ///< time from the reap to the spawn of the next run, without backoff
    Histogram status_write;
    Histogram turn;   ///< duration of a turn, during which the loop handles no new events
    std::uint64_t status_write_failures = 0;
    std::vector<WorkerMetrics> workers;
};

/// The Prometheus text exposition format, version 0.0.4. Every family has HELP and TYPE.
[[nodiscard]] std::string to_text(const Metrics& metrics);

}   // namespace talos::api
