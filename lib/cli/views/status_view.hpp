#pragma once
#include "client/daemon_manager.hpp"
#include "client/survivors.hpp"
#include "core/time.hpp"
#include <boost/json/object.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// The output of `status`. Pure: times are passed in.
namespace talos::cli {

struct ViewSettings {
    bool color = false;
    std::size_t columns = 0;   ///< 0: unlimited
    WallTime now{};
    std::uint64_t boot_ticks = 0;   ///< the current boot clock in ticks, from which uptimes are computed
    std::uint64_t ticks_per_second = 100;
    bool wide = false;   ///< include the columns MEMORY and CPU
};

/// The time since the process started, from its start ticks.
[[nodiscard]] Millis uptime_of(std::uint64_t start_ticks, const ViewSettings& view);

/// The DETAIL column: the reason for the state, the next start, the last exit.
[[nodiscard]] std::string detail_of(const state::WorkerStatus& worker, WallTime now);

/// NAME STATE PID UPTIME RESTARTS DETAIL for the workers of `which`.
[[nodiscard]] std::string worker_table(const state::StatusDocument& document, std::span<const std::size_t> which,
                                       const ViewSettings& view);

/// The same with the dependencies below each worker.
[[nodiscard]] std::string worker_tree(const state::StatusDocument& document, std::span<const std::size_t> which,
                                      const ViewSettings& view);

/// `talosd pid 4242, up 3d 4h, config /srv/app/talos.json, data directory /srv/app/.talos`, dim.
[[nodiscard]] std::string daemon_line(const state::StatusDocument& document, const std::string& data_dir,
                                      const ViewSettings& view);

/// A dim line for each saved number of instances of these workers; `all`: includes groups without workers in `which`.
[[nodiscard]] std::string scale_lines(const state::StatusDocument& document, std::span<const std::size_t> which, bool all,
                                      const ViewSettings& view);

/// `processes: cgroup /talos-1-0b`, or the other facts by which processes are tracked and why, dim; below it each unowned process
/// with its command line.
[[nodiscard]] std::string process_lines(const state::StatusDocument& document, const ViewSettings& view);

/// A talosd that died without cleaning up: what is known, and what to do.
[[nodiscard]] std::string crash_text(const std::optional<state::StatusDocument>& document, bool same_boot,
                                     const std::vector<client::Survivors>& survivors, const std::string& data_dir,
                                     const ViewSettings& view);

/// status.json for the workers of `which`, plus `running` and `uptime` (ms).
[[nodiscard]] boost::json::object status_json(const state::StatusDocument& document, std::span<const std::size_t> which,
                                              const ViewSettings& view);

}   // namespace talos::cli
