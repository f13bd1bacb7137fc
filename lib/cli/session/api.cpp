#include "cli/session/api.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/session/answers.hpp"
#include "config/json/lenient.hpp"
#include "config/load/parse.hpp"
#include "core/signal_name.hpp"
#include "posix/processes/identity.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace talos::cli {

namespace {

// Whether talosctl's config is the one that this talosd has loaded.
bool is_its_config(const DaemonLocation& location, const client::Probe& probe) {
    if (location.config_text.empty()) return false;
    if (probe.document) return probe.document->head.config_path == location.config_path;
    return !location.data_dir_named || location.candidates.named;
}

std::vector<std::string> candidates(const DaemonLocation& location, const client::Probe& probe) {
    std::vector<std::string> paths;
    if (is_its_config(location, probe)) {
        paths.push_back(config::lenient_control_socket(location.config_text, location.config_path));
    } else if (probe.document && !probe.document->head.config_path.empty()) {
        const auto& path = probe.document->head.config_path;
        if (const auto text = location.files.read(path)) paths.push_back(config::lenient_control_socket(*text, path));
    }
    std::erase(paths, std::string{});
    paths.push_back(state::DataDirectory{location.data_dir}.socket_file());
    return paths;
}

bool is_permission(const Failure& failure) { return failure.errno_value() == EACCES || failure.errno_value() == EPERM; }

NoApi not_reached(const client::Probe& probe, const std::vector<std::string>& paths, const std::optional<Failure>& closed) {
    if (closed)
        return {exit_code::unknown,
                closed->message() + "; run talosctl as talosd's owner or as root, or add a rule to talosd's `access` list",
                probe.state == client::Probe::State::running};
    if (probe.state != client::Probe::State::running)
        return {exit_code::unknown,
                "no process listens on " + paths.front() + ", and the files do not show its state: " + unknown_sentence(probe),
                false};
    std::string sentence = "talosd (pid " + std::to_string(probe.document->head.identity.pid) + ") does not listen on ";
    for (std::size_t i = 0; i < paths.size(); ++i) sentence.append(i == 0 ? "" : " nor on ").append(paths[i]);
    sentence += ": it is an older version or could not create its control socket (see daemon.log); run `talosctl restart`";
    return {exit_code::failed, sentence, true};
}

}   // namespace

std::string not_running_sentence(const DaemonLocation& location) {
    const auto former = former_data_sentence(location);
    return "talosd is not running (data directory " + location.data_dir + "); " +
           (former ? *former : "start it with `talosctl start`");
}

bool is_stopped(const client::Probe& probe) {
    const auto stat = posix::read_stat(probe.document->head.identity.pid);
    return stat && (stat->state == 'T' || stat->state == 't');
}

std::variant<Api, NoApi> reach(const DaemonLocation& location, const client::Probe& probe) {
    pid_t expected = 0;
    switch (probe.state) {
    case client::Probe::State::running: expected = probe.document->head.identity.pid; break;
    case client::Probe::State::dead:
    case client::Probe::State::not_running: return NoApi{exit_code::no_daemon, not_running_sentence(location), false};
    case client::Probe::State::starting:
    case client::Probe::State::unknown:
        if (!probe.no_permission) return NoApi{exit_code::unknown, unknown_sentence(probe), false};
        break;
    }
    if (expected != 0 && is_stopped(probe))
        return NoApi{exit_code::failed,
                     "talosd itself is suspended (SIGSTOP) and does not answer; `kill -CONT " + std::to_string(expected) +
                         "` continues it",
                     true};
    std::optional<Failure> closed;
    const auto owner = client::DaemonManager{location.data_dir}.owner();
    const auto paths = candidates(location, probe);
    for (const auto& path : paths) {
        http::Client client{http::Endpoint{path, owner}};
        const auto listener = client.connect();
        // Served by another user, or access denied. An errno means another reason: no process listens there.
        if (!listener && (is_permission(listener.error()) || listener.error().errno_value() == 0)) closed = listener.error();
        // The socket belongs to another process; a request would go to the wrong talosd.
        if (!listener || (expected != 0 && listener->pid != expected)) continue;
        return Api{std::move(client), listener->pid, probe.document};
    }
    return not_reached(probe, paths, closed);
}

std::variant<Api, NoApi> reach(const Context& context) {
    const DaemonLocation location = locate(context.options(), Need::config);
    if (location.config_failure && !location.data_dir_named)
        return NoApi{is_permission(*location.config_failure) ? exit_code::unknown : exit_code::failed,
                     location.config_failure->message() + "; or give the data directory with --data-dir", false};
    return reach(location, client::DaemonManager{location.data_dir}.probe_settled());
}

std::optional<http::Endpoint> socket_instead(const Context& context, const client::DaemonManager& manager) {
    const auto probe = manager.probe();
    if (probe.state != client::Probe::State::unknown || !probe.no_permission) return std::nullopt;
    const auto reached = reach(context);
    if (const auto* api = std::get_if<Api>(&reached)) return api->client.endpoint();
    return std::nullopt;
}

Result<state::StatusDocument> ask_status(http::Client& client, Millis patience, Usage usage) {
    const auto answer = client.request("GET", usage == Usage::with ? "/v1/status?usage" : "/v1/status", patience);
    if (!answer) return answer.error();
    if (!answer->good()) return refused(parse_problem(*answer).detail);
    return state::parse_status(answer->body, state::DocumentOf::api);
}

int report_failure(Context& context, const http::Client& client, const Failure& failure, std::string_view going_on) {
    if (const int signal = client.interrupted_by(); signal != 0) {
        std::string sentence = "interrupted by " + signal_name(signal);
        if (!going_on.empty()) sentence.append("; ").append(going_on);
        return context.fail(exit_code::interrupted_by(signal), sentence);
    }
    return context.fail(exit_code::failed, failure, "run `talosctl status`");
}

int report_problem(Context& context, const http::Response& response) {
    const auto problem = parse_problem(response);
    std::string lines;
    for (const auto& error : problem.errors) lines.append(error).append("\n");
    context.raw_error(lines);
    context.note(problem.detail);
    if (context.json()) {
        boost::json::object document{{"error", problem.detail}};
        if (!problem.code.empty()) document["code"] = problem.code;
        if (!problem.errors.empty()) document["errors"] = boost::json::array(problem.errors.begin(), problem.errors.end());
        context.document(document);
    }
    return problem.exit;
}

}   // namespace talos::cli
