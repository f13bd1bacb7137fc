#pragma once
#include "client/daemon_manager.hpp"
#include "client/survivors.hpp"
#include "core/time.hpp"
#include <boost/json/object.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// How `status` looks. Pure: the clocks come in.
namespace talos::cli {

struct ViewSettings {
    bool color = false;
    std::size_t columns = 0;   ///< 0: unlimited
    WallTime now{};
    std::uint64_t boot_ticks = 0;   ///< the boot clock now, in ticks; uptimes are counted on it
    std::uint64_t ticks_per_second = 100;
    bool wide = false;   ///< with the columns MEMORY and CPU
};

/// Since the process started, by its start ticks.
[[nodiscard]] Millis uptime_of(std::uint64_t start_ticks, const ViewSettings& view);

/// The DETAIL column: why it is where it is, when it comes back, how it last ended.
[[nodiscard]] std::string detail_of(const state::WorkerStatus& worker, WallTime now);

/// NAME STATE PID UPTIME RESTARTS DETAIL, the workers of `which`.
[[nodiscard]] std::string worker_table(const state::StatusDocument& document, std::span<const std::size_t> which,
                                       const ViewSettings& view);

/// The same with those that each depends on below it.
[[nodiscard]] std::string worker_tree(const state::StatusDocument& document, std::span<const std::size_t> which,
                                      const ViewSettings& view);

/// `talosd pid 4242, up 3d 4h, config /srv/app/talos.json, data directory /srv/app/.talos`, dim.
[[nodiscard]] std::string daemon_line(const state::StatusDocument& document, const std::string& data_dir,
                                      const ViewSettings& view);

/// A dim line for each of these workers' saved numbers of instances; `all`: also for those that are none of `which`.
[[nodiscard]] std::string scale_lines(const state::StatusDocument& document, std::span<const std::size_t> which, bool all,
                                      const ViewSettings& view);

/// `processes: cgroup /talos-1-0b`, or by which other facts and why, dim; below that each unowned process with its command line.
[[nodiscard]] std::string process_lines(const state::StatusDocument& document, const ViewSettings& view);

/// What is known of a daemon that died without cleaning up, and what to do about it.
[[nodiscard]] std::string crash_text(const std::optional<state::StatusDocument>& document, bool same_boot,
                                     const std::vector<client::Survivors>& survivors, const std::string& data_dir,
                                     const ViewSettings& view);

/// status.json of the workers of `which`, plus `running` and `uptime` (ms).
[[nodiscard]] boost::json::object status_json(const state::StatusDocument& document, std::span<const std::size_t> which,
                                              const ViewSettings& view);

}   // namespace talos::cli
