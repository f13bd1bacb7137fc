#include "cli/verbs/lifecycle.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/session/api.hpp"
#include "cli/session/interruption.hpp"
#include "cli/session/watch.hpp"
#include "cli/verbs/started.hpp"
#include "client/former_data.hpp"
#include "config/files/config_file.hpp"
#include "terminal/width.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <unistd.h>

namespace talos::cli {

namespace {

constexpr Millis shutdown_patience{2'000};

std::string leftovers(std::size_t n) { return std::to_string(n) + (n == 1 ? " leftover process" : " leftover processes"); }

std::string stop_text(const client::DaemonManager::Stopped& stopped, const std::optional<pid_t>& pid, bool force) {
    std::string out;
    if (stopped.was_running) {
        out = stopped.killed ? "talosd was killed" : "talosd stopped";
        if (pid) out += " (pid " + std::to_string(*pid) + ")";
        if (stopped.killed) out += force ? " (--force)" : ": it did not exit in time";
    } else {
        out = "talosd is not running";
    }
    if (stopped.survivors != 0)
        out += "; " + leftovers(stopped.survivors) + (stopped.survivors == 1 ? " was ended" : " were ended");
    return out + "\n";
}

// Two simultaneous stop requests merge into one; a second SIGTERM would mean that the caller no longer waits. False if there was
// no answer in time or talosd refused: SIGTERM is next. If talosd reads this request late, it treats a SIGTERM after it as the
// same stop.
bool request_stop(Context& context) {
    const auto deadline = std::chrono::steady_clock::now() + shutdown_patience;
    auto reached = reach(context);
    auto* api = std::get_if<Api>(&reached);
    if (api == nullptr) return false;
    auto exchange = api->client.send("POST", "/v1/shutdown");
    if (!exchange) return false;
    report_interruptions(context.json());
    while (wait_for({exchange->fd()}, deadline).readable != 0) {
        const auto complete = exchange->take();
        if (!complete) return false;
        if (*complete) return exchange->response().good();
    }
    return false;
}

// What to do after a failed start. talosd's own reports already include it.
std::string_view advice(const Failure& failure) {
    switch (failure.errno_value()) {
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
    case EEXIST:
    case ENOSPC: return "choose another data directory with --data-dir, or make this one writable";
    }
    return {};
}

}   // namespace

bool check_config(Context& context, const DaemonLocation& location) {
    const auto& path = location.config_path;
    auto around = config_files(context.options()).surroundings_of(path);
    around.data_dir = [&](const std::string&) { return location.data_dir; };
    const auto parsed = config::parse(location.config_text, path, around);
    std::string lines;
    for (const auto& warning : parsed.warnings) lines.append(config::warning_text(warning, display_path(path))).append("\n");
    if (parsed.errors.empty()) {
        context.raw_error(lines);
        return true;
    }
    boost::json::array list;
    for (const auto& error : parsed.errors) {
        const auto line = config::to_text(error, display_path(path));
        lines.append(line).append("\n");
        list.emplace_back(line);
    }
    context.raw_error(lines);
    const std::string sentence = "the config is invalid; nothing was changed";
    context.note(sentence);
    if (context.json()) context.document(boost::json::object{{"error", sentence}, {"errors", std::move(list)}});
    return false;
}

std::string_view config_advice(const Failure& failure) {
    const bool absent = failure.errno_value() == ENOENT || failure.errno_value() == ENOTDIR;
    return absent ? "name an existing config with --config" : "";
}

Startable startable(Context& context, const DaemonLocation& location) {
    if (location.config_failure) {
        const int code = context.fail(exit_code::failed, *location.config_failure, config_advice(*location.config_failure));
        return {{}, code};
    }
    if (location.config_path.empty()) return {{}, context.fail(exit_code::failed, no_config_sentence(location))};
    if (!check_config(context, location)) return {{}, exit_code::failed};
    for (const auto& warning : location.files.take_warnings()) context.note("warning: " + warning);
    return {location.config_path, std::nullopt};
}

std::optional<int> check_former_data(Context& context, const DaemonLocation& location) {
    const auto former = client::find_former_data(location.former_dir, location.config_path, location.data_dir);
    if (!former) return std::nullopt;
    const auto sentence = client::to_text(*former, location.data_dir);
    if (client::prevents_start(*former)) return context.fail(exit_code::failed, sentence);
    if (former->what == client::FormerData::What::files) context.note(sentence);
    return std::nullopt;
}

std::string announcement(std::string_view action, const state::StatusDocument& document) {
    constexpr std::size_t most_named = 8;
    const auto& workers = document.workers;
    std::string out = std::string(action) + " talosd (pid " + std::to_string(document.head.identity.pid) + ")";
    if (workers.empty()) return out + ", which has no workers";
    out += workers.size() == 1 ? " and its worker " : " and its " + std::to_string(workers.size()) + " workers: ";
    for (std::size_t i = 0; i < std::min(most_named, workers.size()); ++i) out.append(i == 0 ? "" : ", ").append(workers[i].name);
    if (workers.size() > most_named) out.append(" and ").append(std::to_string(workers.size() - most_named)).append(" more");
    return out;
}

void announce(const Context& context, std::string_view action, const state::StatusDocument& document) {
    if (::isatty(STDERR_FILENO) == 1) context.note(terminal::harmless(announcement(action, document), false));
}

namespace {

// The output of a start on stdout and stderr.
int report_started(Context& context, pid_t pid, bool already, std::optional<Millis> timeout, bool wait) {
    if (!context.json()) {
        context.out.text +=
            std::string(already ? "talosd is already running, pid " : "talosd started, pid ") + std::to_string(pid) + "\n";
        if (!already || wait) context.out.flush();   // before the report on the workers
    }
    std::size_t workers = 0;
    const auto failed = already && !wait ? std::vector<FailedStart>{} : check_starts(context, wait, timeout, workers);
    if (!failed.empty()) context.raw_error(terminal::harmless_lines("talosctl: " + failed_text(failed, workers) + "\n", false));
    if (context.json()) {
        boost::json::object document{{"pid", pid}, {"already", already}};
        boost::json::array list;
        for (const auto& one : failed)
            list.push_back(boost::json::object{{"worker", one.worker}, {"state", one.state}, {"reason", one.reason}});
        if (!list.empty()) document["failed"] = std::move(list);
        context.document(document);
    }
    return wait && !failed.empty() ? exit_code::failed : exit_code::ok;
}

}   // namespace

int already_running(Context& context, pid_t pid, std::optional<Millis> timeout, bool wait) {
    return report_started(context, pid, true, timeout, wait);
}

int launch(Context& context, const client::DaemonManager& manager, const std::string& config_path, std::optional<Millis> timeout,
           bool wait) {
    client::DaemonManager::StartOptions options;
    options.talosd = find_talosd();
    if (options.talosd.empty())
        return context.fail(exit_code::failed, "no talosd found next to talosctl or in PATH; install it there");
    options.config_path = config_path;
    if (timeout) options.timeout = *timeout;
    for (const auto owner : context.options().trust_owners)
        options.extra_arguments.insert(options.extra_arguments.end(), {"--trust-owner", std::to_string(owner)});
    options.progress = [&context](const std::string& line) { context.note(line); };
    const auto started = manager.start(options);
    if (!started) return context.fail(exit_code::failed, started.error(), advice(started.error()));
    return report_started(context, started->pid, started->already, timeout, wait);
}

Ended end(Context& context, const client::DaemonManager& manager, std::optional<Millis> timeout, bool force) {
    const auto pid = manager.read_pid();
    client::DaemonManager::StopOptions options;
    options.timeout = timeout;
    options.force = force ? client::DaemonManager::Force::yes : client::DaemonManager::Force::no;
    options.ask = [&context] { return request_stop(context); };
    options.warning = [&context](const std::string& line) { context.note(terminal::harmless(line, false)); };
    if (::isatty(STDERR_FILENO) == 1) options.progress = [&context](const std::string& line) { context.note(line); };
    const auto stopped = manager.stop(options);
    if (!stopped) {
        const int error = stopped.error().errno_value();   // 0: the state cannot be determined
        const bool unknown = error == 0 || error == EACCES || error == EPERM;
        return {context.fail(unknown ? exit_code::unknown : exit_code::failed, stopped.error()), {}, {}};
    }
    return {exit_code::ok, *stopped, stop_text(*stopped, pid ? *pid : std::nullopt, force)};
}

}   // namespace talos::cli
