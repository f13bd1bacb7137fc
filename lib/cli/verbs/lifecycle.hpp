// cli/verbs: One verb of talosctl per file; run.cpp calls it.
// A new verb is a file here.
// Begin with verbs.hpp.
#pragma once
#include "cli/session/context.hpp"
#include "config/load/parse.hpp"
#include <optional>
#include <string>
#include <string_view>

/// Shared by start, stop and restart.
namespace talos::cli {

/// Prints the errors of the config in the format of `talosd --check`; true if there are none. (talosd would report them only
/// later, in its log.)
[[nodiscard]] bool check_config(Context& context, const DaemonLocation& location);

/// What to do about a config that cannot be read; empty if the failure says it.
[[nodiscard]] std::string_view config_advice(const Failure& failure);

/// The config for the start, read and checked; otherwise the exit code after printing the error.
struct Startable {
    std::string config_path;
    std::optional<int> refused;
};
[[nodiscard]] Startable startable(Context& context, const DaemonLocation& location);

/// The exit code of a start that would run the workers twice, because a talosd with this config is running or was killed with
/// another data directory. Prints the reason. Also reports data of a stopped talosd.
[[nodiscard]] std::optional<int> check_former_data(Context& context, const DaemonLocation& location);

/// Starts talosd, reports it and the workers that have failed by then, and returns the exit code. `wait`: until all workers are
/// up or have failed; a failed worker then means exit code 1.
[[nodiscard]] int launch(Context& context, const client::DaemonManager& manager, const std::string& config_path,
                         std::optional<Millis> timeout, bool wait = false);

/// Stops talosd, reports the result, and returns the exit code; `document` receives the output for --json.
struct Ended {
    int code = 0;
    client::DaemonManager::Stopped stopped;
    std::string text;   ///< `talosd stopped (pid 4242)`, with a note if force was needed
};
[[nodiscard]] Ended end(Context& context, const client::DaemonManager& manager, std::optional<Millis> timeout, bool force);

/// On a terminal, one line on stderr before a command without workers: `stopping talosd (pid 4242) and its 3 workers: web, db,
/// cron`. `action`: `stopping` or `restarting`.
void announce(const Context& context, std::string_view action, const state::StatusDocument& document);
/// The same line. Pure. Names the first eight workers.
[[nodiscard]] std::string announcement(std::string_view action, const state::StatusDocument& document);

/// `talosd is already running, pid N`, with exit code 0, or the outcome for its workers with `wait`.
[[nodiscard]] int already_running(Context& context, pid_t pid, std::optional<Millis> timeout = {}, bool wait = false);

}   // namespace talos::cli
