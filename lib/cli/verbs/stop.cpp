#include "cli/command_line/exit_code.hpp"
#include "cli/session/command.hpp"
#include "cli/session/interruption.hpp"
#include "cli/session/watch.hpp"
#include "cli/verbs/lifecycle.hpp"
#include "cli/verbs/verbs.hpp"
#include "core/duration.hpp"
#include "posix/processes/pidfd.hpp"
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cerrno>

namespace talos::cli {

namespace {

constexpr Millis default_patience{35'000};

constexpr Millis look_again{100};

// The listening process as reported by the kernel; before Linux 6.5 by its PID, which is only waited for and never signalled.
posix::UniqueFd listener_of(const Api& api) {
    posix::UniqueFd process{api.client.open_listener()};
    if (process || api.listener <= 0) return process;
    auto opened = posix::pidfd_open(api.listener);
    return opened ? std::move(*opened) : posix::UniqueFd{};
}

// Without a pidfd (the process is in another PID namespace), the closing of its socket counts as its exit.
bool await_end(const posix::UniqueFd& process, const http::Endpoint& socket, SteadyTime deadline) {
    if (process) {
        const posix::UniqueFd* awaited[] = {&process};
        return posix::wait_ended(awaited, deadline);
    }
    for (;;) {
        http::Client client{socket};
        const auto connected = client.connect();
        if (!connected && (connected.error().errno_value() == ECONNREFUSED || connected.error().errno_value() == ENOENT))
            return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        (void)wait_for({}, std::min(deadline, std::chrono::steady_clock::now() + look_again));
    }
}

std::string name_of(const Api& api) {
    return api.listener > 0 ? "talosd (pid " + std::to_string(api.listener) + ")"
                            : std::string{"talosd of another PID namespace"};
}

// For a caller that may use the socket but may not trust or read talosd's files: it can only send the request. With --force
// talosd itself kills its workers immediately; talosctl signals nothing here.
int stop_over_socket(Context& context, const StopOptions& options, Api& api) {
    const auto process = listener_of(api);
    const auto status = ask_status(api.client);
    if (status) announce(context, "stopping", *status);
    const bool sent = api.client.interrupted_by() == 0;
    const auto response = api.client.request("POST", options.force ? "/v1/shutdown?force=1" : "/v1/shutdown", answer_patience);
    if (!response)
        return report_failure(context, api.client, response.error(),
                              sent ? "talosd continues to stop, see `talosctl status`" : "");
    if (!response->good()) return report_problem(context, *response);
    const auto patience = options.timeout.value_or(status ? status->head.stop_timeout : default_patience);
    report_interruptions(context.json());
    if (!await_end(process, api.client.endpoint(), std::chrono::steady_clock::now() + patience))
        return context.fail(
            exit_code::failed,
            name_of(api) + " received the stop request but has not exited within " + format_duration(patience) +
                "; talosctl signals only the talosd of its own user: `talosctl stop --force` as that user kills it");
    if (context.json()) context.document(boost::json::object{{"wasRunning", true}, {"killed", false}, {"survivors", 0}});
    else
        context.out.text += api.listener > 0 ? "talosd stopped (pid " + std::to_string(api.listener) + ")\n" : "talosd stopped\n";
    return exit_code::ok;
}

// The data directory is not accessible; the socket may be.
std::optional<int> stop_without_files(Context& context, const StopOptions& options, const client::DaemonManager& manager) {
    const auto probe = manager.probe();
    if (probe.state != client::Probe::State::unknown || !probe.no_permission) return std::nullopt;
    auto reached = reach(context);
    if (auto* api = std::get_if<Api>(&reached)) return stop_over_socket(context, options, *api);
    const auto& none = std::get<NoApi>(reached);
    return context.fail(none.code, none.sentence);
}

}   // namespace

int stop(Context& context, const StopOptions& options) {
    if (!options.workers.empty() && options.force)
        return context.fail(exit_code::usage,
                            "--force applies only to talosd itself; `talosctl signal KILL W` kills a worker, which then restarts "
                            "according to its restart policy");
    if (!options.workers.empty()) return command_workers(context, "stop", options.workers, options.no_wait, options.timeout);
    const auto manager = context.manager();
    if (!manager) return context.fail(exit_code::failed, manager.error(), "or give the data directory with --data-dir");
    if (const auto code = stop_without_files(context, options, *manager)) return *code;
    if (const auto document = manager->status()) announce(context, "stopping", *document);
    const auto ended = end(context, *manager, options.timeout, options.force);
    if (ended.code != exit_code::ok) return ended.code;
    if (!ended.stopped.was_running && ended.stopped.survivors == 0) note_former_data(context);
    if (context.json())
        context.document(boost::json::object{
            {"wasRunning", ended.stopped.was_running}, {"killed", ended.stopped.killed}, {"survivors", ended.stopped.survivors}});
    else context.say(ended.text);
    return exit_code::ok;
}

int disable(Context& context, const DisableOptions& options) {
    return command_workers(context, "disable", options.workers, options.no_wait, options.timeout);
}

}   // namespace talos::cli
