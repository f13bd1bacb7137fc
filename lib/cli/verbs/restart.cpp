#include "cli/command_line/exit_code.hpp"
#include "cli/session/command.hpp"
#include "cli/verbs/lifecycle.hpp"
#include "cli/verbs/verbs.hpp"

namespace talos::cli {

int restart(Context& context, const RestartOptions& options) {
    if (!options.workers.empty() && options.force)
        return context.fail(exit_code::usage, "--force applies only to talosd itself, not to workers");
    if (options.workers.empty() && options.rolling)
        return context.fail(exit_code::usage,
                            "--rolling requires workers; `talosctl restart --rolling all` restarts all of them");
    const auto order = options.rolling ? Order::rolling : Order::at_once;
    if (!options.workers.empty())
        return command_workers(context, "restart", options.workers, options.no_wait, options.timeout, order);
    DaemonLocation location = locate(context.options(), Need::config);
    if (location.config_failure && !location.data_dir_named)
        return context.fail(exit_code::failed, *location.config_failure, "or give the data directory with --data-dir");
    const client::DaemonManager manager{location.data_dir};
    const auto probe = manager.probe_settled();
    if (probe.state == client::Probe::State::unknown)
        return context.fail(probe.no_permission ? exit_code::unknown : exit_code::failed, unknown_sentence(probe));

    if (context.options().config.empty() && probe.document) {
        GlobalOptions same = context.options();
        same.config = probe.document->head.config_path;
        if (same.config.empty())
            return context.fail(exit_code::failed,
                                "this talosd supervises a single command without a config; stop it with "
                                "`talosctl stop` and start it again with the command, or name a config with --config");
        location = locate(same, Need::config);
    }
    // Before anything is stopped: an invalid config must not turn a restart into a stop.
    const auto config = startable(context, location);
    if (config.refused) return *config.refused;
    if (probe.state != client::Probe::State::running)
        if (const auto refused = check_former_data(context, location)) return *refused;

    if (probe.document && probe.state == client::Probe::State::running) announce(context, "restarting", *probe.document);
    const auto ended = end(context, manager, options.timeout, options.force);
    if (ended.code != exit_code::ok) return ended.code;
    if (!context.json() && (ended.stopped.was_running || ended.stopped.survivors != 0)) {
        context.say(ended.text);
        context.out.flush();
    }
    return launch(context, manager, config.config_path, std::nullopt);
}

}   // namespace talos::cli
