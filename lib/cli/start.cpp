#include "cli/command.hpp"
#include "cli/config_news.hpp"
#include "cli/exit_code.hpp"
#include "cli/lifecycle.hpp"
#include "cli/live_status.hpp"
#include "cli/verbs.hpp"

namespace talos::cli {

int start(Context& context, const StartOptions& options) {
    if (!options.workers.empty() && options.wait && options.no_wait) return context.fail(exit_code::usage, "--wait and --no-wait exclude each other");
    if (!options.workers.empty()) return command_workers(context, "start", options.workers, options.no_wait, options.timeout);
    const Place place = locate(context.options(), Need::config);
    const daemon::DaemonManager manager{place.data_dir};
    // Whoever runs already is named even when the config is broken by now.
    const auto probe = manager.probe();
    if (probe.state == daemon::Probe::State::running) {
        const int code = already_running(context, probe.document->head.identity.pid, options.timeout, options.wait);
        const auto& runs_with = probe.document->head.config_path;
        if (const auto other = other_config(place, runs_with); !other.empty()) context.note("it runs with " + runs_with + ", not with " + other);
        tell_changed_config(context, with_answer(place, probe).document->head);
        return code;
    }
    if (probe.state == daemon::Probe::State::unknown)
        return context.fail(probe.no_permission ? exit_code::unknown : exit_code::failed, unknown_sentence(probe));
    const auto config = startable(context, place);
    if (config.refused) return *config.refused;
    if (const auto refused = second_stack(context, place)) return *refused;
    return launch(context, manager, config.config_path, options.timeout, options.wait);
}

}  // namespace talos::cli
