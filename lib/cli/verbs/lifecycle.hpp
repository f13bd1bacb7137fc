// cli/verbs: One verb of talosctl per file; run.cpp calls it.
// A new verb is a file here.
// Begin with verbs.hpp.
#pragma once
#include "cli/session/context.hpp"
#include "config/load/parse.hpp"
#include <optional>
#include <string>
#include <string_view>

/// What start, stop and restart share.
namespace talos::cli {

/// Prints the errors of the config as `talosd --check` would; none: true. (talosd would say the same through its log, later.)
[[nodiscard]] bool check_config(Context& context, const DaemonLocation& location);

/// What to do about a config that cannot be read; empty where the failure says it.
[[nodiscard]] std::string_view config_advice(const Failure& failure);

/// The config to start with, read and checked; otherwise an exit code after having said why.
struct Startable {
    std::string config_path;
    std::optional<int> refused;
};
[[nodiscard]] Startable startable(Context& context, const DaemonLocation& location);

/// The exit code of a start that would make a second stack, because a talosd with this config runs, or was killed, with another data
/// directory; it has been said. What is there of one that was stopped is said, too.
[[nodiscard]] std::optional<int> second_stack(Context& context, const DaemonLocation& location);

/// Starts talosd and says so, and which workers have failed by then; the exit code. `wait`: until all workers are up or have failed, and then
/// a failed one is exit code 1.
[[nodiscard]] int launch(Context& context, const client::DaemonManager& manager, const std::string& config_path,
                         std::optional<Millis> timeout, bool wait = false);

/// Stops talosd and says what happened; the exit code, and in `document` (with --json) what to print.
struct Ended {
    int code = 0;
    client::DaemonManager::Stopped stopped;
    std::string text;   ///< `talosd stopped (pid 4242)`, and what had to be done by force
};
[[nodiscard]] Ended end(Context& context, const client::DaemonManager& manager, std::optional<Millis> timeout, bool force);

/// On a terminal, one line on stderr about a command without workers: `stops talosd (pid 4242) and its 3 workers: web, db, cron`. `does`:
/// `stops` or `restarts`.
void announce(const Context& context, std::string_view does, const state::StatusDocument& document);
/// The same line. Pure. The first eight workers are named.
[[nodiscard]] std::string announcement(std::string_view does, const state::StatusDocument& document);

/// `talosd already runs, pid N`, with exit code 0, or what has become of its workers with `wait`.
[[nodiscard]] int already_running(Context& context, pid_t pid, std::optional<Millis> timeout = {}, bool wait = false);

}   // namespace talos::cli
