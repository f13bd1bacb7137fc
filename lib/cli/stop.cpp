#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/interruption.hpp"
#include "cli/lifecycle.hpp"
#include "cli/verbs.hpp"
#include "core/duration.hpp"
#include "posix/pidfd.hpp"
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace talos::cli {

namespace {

constexpr Millis default_patience{35'000};

// For who may ask talosd but not look at its files: its end is seen behind a pidfd, and no more can be done than ask.
int stop_over_socket(Context& context, const StopOptions& options, Api& api) {
    const auto process = api.listener > 0 ? posix::pidfd_open(api.listener) : Result<posix::UniqueFd>{posix::UniqueFd{}};
    const auto status = ask_status(api.client);
    const auto response = api.client.request("POST", options.force ? "/v1/shutdown?force=1" : "/v1/shutdown", answer_patience);
    if (!response) return tell_failure(context, api.client, response.error());
    if (!response->good()) return tell_problem(context, *response);
    const auto patience = options.timeout.value_or(status ? status->head.stop_timeout : default_patience);
    tell_of_interruptions(context.json());
    bool ended = false;
    if (process && *process) {
        const posix::UniqueFd* awaited[] = {&*process};
        ended = posix::wait_ended(awaited, std::chrono::steady_clock::now() + patience);
    }
    const auto who = "talosd (pid " + std::to_string(api.listener) + ")";
    if (!ended)
        return context.fail(exit_code::failed, who + " was asked to stop and has not ended within " + format_duration(patience) +
                                                   "; its owner or root can force it with `talosctl stop --force`");
    if (context.json())
        context.document(boost::json::object{{"wasRunning", true}, {"killed", false}, {"survivors", 0}});
    else
        context.out.text += "talosd stopped (pid " + std::to_string(api.listener) + ")\n";
    return exit_code::ok;
}

// The data directory is closed to us: perhaps the socket is not.
std::optional<int> stop_without_files(Context& context, const StopOptions& options, const daemon::DaemonManager& manager) {
    const auto probe = manager.probe();
    if (probe.state != daemon::Probe::State::unknown || !probe.no_permission) return std::nullopt;
    auto reached = reach(context);
    if (auto* api = std::get_if<Api>(&reached)) return stop_over_socket(context, options, *api);
    return std::nullopt;
}

}  // namespace

int stop(Context& context, const StopOptions& options) {
    if (!options.workers.empty() && options.force)
        return context.fail(exit_code::usage, "--force is for talosd itself; `talosctl signal KILL W` kills a worker, which is then restarted "
                                              "by its policy");
    if (!options.workers.empty()) return command_workers(context, "stop", options.workers, options.no_wait, options.timeout);
    const auto manager = context.manager();
    if (!manager) return context.fail(exit_code::failed, manager.error(), "or name the data directory with --data-dir");
    if (const auto code = stop_without_files(context, options, *manager)) return *code;
    const auto ended = end(context, *manager, options.timeout, options.force);
    if (ended.code != exit_code::ok) return ended.code;
    if (context.json())
        context.document(boost::json::object{
            {"wasRunning", ended.stopped.was_running}, {"killed", ended.stopped.killed}, {"survivors", ended.stopped.survivors}});
    else
        context.say(ended.text);
    return exit_code::ok;
}

}  // namespace talos::cli
