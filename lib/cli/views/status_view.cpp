#include "cli/views/status_view.hpp"
#include "cli/command_line/moment.hpp"
#include "cli/views/worker_tree.hpp"
#include "core/duration.hpp"
#include "core/exit_status.hpp"
#include "terminal/table.hpp"
#include "terminal/width.hpp"
#include <algorithm>
#include <boost/json/array.hpp>

namespace talos::cli {

namespace {

using worker::State;

terminal::Color color_of(State state) {
    switch (state) {
    case State::running: return terminal::Color::green;
    case State::starting: return terminal::Color::cyan;
    case State::backoff:
    case State::stopping: return terminal::Color::yellow;
    case State::fatal: return terminal::Color::red;
    case State::stopped:
    case State::exited:
    case State::completed: return terminal::Color::dim;
    }
    __builtin_unreachable();
}

void append_part(std::string& out, const std::string& part) {
    if (!part.empty()) out.append(out.empty() ? "" : "; ").append(part);
}

std::string exit_part(const state::WorkerStatus& worker, WallTime now) {
    if (!worker.last_exit) return {};
    if (state::completed(worker)) return "completed, " + ago(worker.last_exit->at, now);
    const std::string how = to_text(worker.last_exit->status);
    // The reason of a failed worker may end with the same exit; it is shown once.
    if (!worker.reason.empty() && worker.reason.find(how) != std::string::npos) return {};
    const bool is_up = worker.pid != 0;
    return (is_up ? "last exit: " : "") + how + ", " + ago(worker.last_exit->at, now);
}

std::string next_start_part(const state::WorkerStatus& worker, WallTime now) {
    if (worker.state != State::backoff || !worker.next_start) return {};
    const auto left = *worker.next_start - now;
    return left <= Millis{0} ? "next start is due now" : "next start in " + human_duration(left);
}

// How often it failed, if its reason and last exit do not show that.
std::string failures_part(const state::WorkerStatus& worker) {
    const bool tries = worker.state == State::backoff || worker.state == State::starting;
    const auto in_row = tries && worker.failures > 1 ? worker.failures : 0;
    const auto known = worker.state == State::fatal ? worker.failures : in_row;   // the limit's reason contains that number
    const auto in_hour = worker.failures_last_hour > std::max(known, std::uint32_t{1}) ? worker.failures_last_hour : 0;
    if (in_row == 0 && in_hour == 0) return {};
    if (in_row == 0) return "failed " + std::to_string(in_hour) + " times in the last hour";
    const auto more = in_hour == 0 ? std::string() : ", " + std::to_string(in_hour) + " in the last hour";
    return "failed " + std::to_string(in_row) + " times in a row" + more;
}

std::string log_part(const state::WorkerStatus& worker) {
    if (!worker.log || worker.log->trouble.empty()) return {};
    return "log cannot be written: " + worker.log->trouble;
}

// The worker's own sd_notify status.
std::string notify_part(const state::WorkerStatus& worker) {
    if (!worker.notify) return {};
    std::string out;
    if (worker.notify->stopping && worker.state != State::stopping) append_part(out, "reports that it is stopping");
    if (worker.notify->reloading) append_part(out, "reports that it is reloading");
    if (!worker.notify->text.empty()) append_part(out, "reports \"" + worker.notify->text + "\"");
    return out;
}

std::string health_part(const state::WorkerStatus& worker) {
    if (!worker.health || worker.health->state != worker::HealthState::unhealthy) return {};
    return "unhealthy" + (worker.health->reason.empty() ? "" : ": " + worker.health->reason);
}

terminal::Table empty_table(const ViewSettings& view) {
    if (view.wide) return terminal::Table({"NAME", "STATE", "PID", "UPTIME", "RESTARTS", "MEMORY", "CPU", "DETAIL"});
    return terminal::Table({"NAME", "STATE", "PID", "UPTIME", "RESTARTS", "DETAIL"});
}

std::string memory_text(std::uint64_t bytes) {
    constexpr std::uint64_t kib = 1024;
    if (bytes < kib * kib) return std::to_string(bytes / kib) + " KiB";
    if (bytes < 10 * kib * kib * kib) return std::to_string(bytes / (kib * kib)) + " MiB";
    return std::to_string(bytes / (kib * kib * kib)) + " GiB";
}

// The state, or `paused` if a signal has stopped it.
terminal::Cell state_cell(const state::WorkerStatus& worker) {
    if (worker.paused) return {"paused", terminal::Color::yellow};
    return {std::string{state::shown_state(worker)},
            state::is_waiting(worker) ? terminal::Color::yellow : color_of(state::documented_state(worker))};
}

std::vector<terminal::Cell> row_of(const state::WorkerStatus& worker, const std::string& name, const ViewSettings& view) {
    const bool is_up = worker.pid != 0;
    Millis up{0};
    if (is_up && worker.start_ticks != 0) up = uptime_of(worker.start_ticks, view);
    else if (is_up && worker.started_at) up = std::max(Millis{0}, view.now - *worker.started_at);
    std::vector<terminal::Cell> row{{name},
                                    state_cell(worker),
                                    {is_up ? std::to_string(worker.pid) : "-"},
                                    {is_up ? human_duration(up) : "-"},
                                    {std::to_string(worker.restarts)}};
    if (view.wide) {
        const bool used = worker.usage && worker.usage->processes > 0;
        row.push_back({used ? memory_text(worker.usage->memory) : "-"});
        row.push_back({used ? human_duration(worker.usage->cpu) : "-"});
    }
    row.push_back({detail_of(worker, view.now)});
    return row;
}

std::string survivor_list(const std::vector<client::Survivors>& survivors) {
    std::string out;
    for (const auto& group : survivors) {
        std::string pids;
        for (const auto& process : group.processes) pids.append(pids.empty() ? "" : " ").append(std::to_string(process.pid));
        out.append(out.empty() ? "" : ", ").append(group.worker.empty() ? "worker unknown" : group.worker);
        out.append(group.processes.size() == 1 ? " (pid " : " (pids ").append(pids).append(")");
    }
    return out;
}

}   // namespace

Millis uptime_of(std::uint64_t start_ticks, const ViewSettings& view) {
    if (start_ticks == 0 || view.boot_ticks < start_ticks || view.ticks_per_second == 0) return Millis{0};
    return Millis{static_cast<Millis::rep>((view.boot_ticks - start_ticks) * 1000 / view.ticks_per_second)};
}

std::string detail_of(const state::WorkerStatus& worker, WallTime now) {
    std::string out;
    if (worker.disabled) append_part(out, "disabled");
    if (worker.paused && worker.state == State::starting) append_part(out, "while starting");
    if (worker.reloading) append_part(out, "reloading");
    if (worker.old_config) append_part(out, "old config");
    append_part(out, next_start_part(worker, now));
    append_part(out, worker.reason);
    append_part(out, failures_part(worker));
    append_part(out, health_part(worker));
    append_part(out, notify_part(worker));
    append_part(out, exit_part(worker, now));
    append_part(out, log_part(worker));
    if (worker.state == State::stopping && worker.goal == worker::Goal::up) append_part(out, "starts again afterwards");
    return out;
}

std::string worker_table(const state::StatusDocument& document, std::span<const std::size_t> which, const ViewSettings& view) {
    auto table = empty_table(view);
    for (const auto index : which) table.add(row_of(document.workers[index], document.workers[index].name, view));
    return table.render(view.color, view.columns);
}

std::string worker_tree(const state::StatusDocument& document, std::span<const std::size_t> which, const ViewSettings& view) {
    auto table = empty_table(view);
    for (const auto& [index, lead, above] : tree_of(document, which)) {
        const auto& worker = document.workers[index];
        table.add(row_of(worker, lead + worker.name + (above ? " (see above)" : ""), view));
    }
    return table.render(view.color, view.columns);
}

std::string daemon_line(const state::StatusDocument& document, const std::string& data_dir, const ViewSettings& view) {
    const auto& head = document.head;
    std::string line = "talosd pid " + std::to_string(head.identity.pid);
    if (head.state != state::DaemonState::running) line.append(", ").append(state::to_text(head.state));
    line += ", up " + human_duration(uptime_of(head.identity.start_ticks, view));
    line += head.config_path.empty() ? ", no config" : ", config " + head.config_path;
    line += ", data directory " + data_dir;
    if (document.workers.empty()) line += "; no workers";
    return terminal::paint(terminal::Color::dim, terminal::harmless(line, false), view.color) + "\n";
}

std::string scale_lines(const state::StatusDocument& document, std::span<const std::size_t> which, bool all,
                        const ViewSettings& view) {
    std::string out;
    for (const auto& saved : document.head.saved_scales) {
        const bool shown = all || std::any_of(which.begin(), which.end(),
                                              [&](std::size_t index) { return document.workers[index].group == saved.group; });
        if (!shown) continue;
        const auto line = saved.group + ": " + std::to_string(saved.instances) +
                          (saved.instances == 1 ? " instance is" : " instances are") + " saved instead of the config's " +
                          std::to_string(saved.configured) + "; `talosctl scale " + saved.group +
                          "=config` removes the saved number";
        out += terminal::paint(terminal::Color::dim, terminal::harmless(line, false), view.color) + "\n";
    }
    return out;
}

std::string process_lines(const state::StatusDocument& document, const ViewSettings& view) {
    const auto& head = document.head;
    std::string out;
    if (!head.cgroup.path.empty() || !head.no_cgroup.empty())
        out = terminal::paint(terminal::Color::dim, "processes: " + state::proof_text(head.cgroup.path, head.no_cgroup),
                              view.color) +
              "\n";
    for (const auto& process : head.unowned)
        out += terminal::paint(terminal::Color::yellow, "unowned process " + std::to_string(process.pid), view.color) + ": " +
               process.command + " (left over; not proven to belong to a worker)\n";
    return out;
}

std::string crash_text(const std::optional<state::StatusDocument>& document, bool same_boot,
                       const std::vector<client::Survivors>& survivors, const std::string& directory, const ViewSettings& view) {
    const auto data_dir = terminal::harmless(directory, false);
    if (!document)
        return "talosd was killed or crashed; it left its PID file but no readable status.json (data directory " + data_dir +
               ")\n"
               "`talosctl start` cleans up and starts talosd; `talosctl stop` only cleans up\n";
    const auto& head = document->head;
    std::string out = terminal::paint(terminal::Color::red, "talosd was killed or crashed", view.color);
    out += " (pid " + std::to_string(head.identity.pid) + ", last change " + local_time(head.updated_at) + ", " +
           ago(head.updated_at, view.now) + ", data directory " + data_dir + ")\n";
    if (!same_boot) {
        out += "the machine has been rebooted since: none of its processes is left\n";
        return out + "`talosctl start` cleans up and starts talosd; `talosctl stop` only cleans up\n";
    }
    if (survivors.empty()) {
        out += "none of its workers is alive\n";
        return out + "`talosctl start` cleans up and starts talosd; `talosctl stop` only cleans up\n";
    }
    out += "still alive: " + terminal::harmless(survivor_list(survivors), false) + "\n";
    return out + "`talosctl start` ends them and starts talosd; `talosctl stop` only ends them\n";
}

boost::json::object status_json(const state::StatusDocument& document, std::span<const std::size_t> which,
                                const ViewSettings& view) {
    boost::json::object out;
    if (which.size() == document.workers.size()) {
        out = state::to_json(document);
    } else {
        state::StatusDocument part{document.head, {}};
        for (const auto index : which) part.workers.push_back(document.workers[index]);
        out = state::to_json(part);
    }
    out["running"] = true;
    out["uptime"] = uptime_of(document.head.identity.start_ticks, view).count();
    return out;
}

}   // namespace talos::cli
