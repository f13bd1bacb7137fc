#include "cli/command.hpp"
#include "cli/config_news.hpp"
#include "cli/exit_code.hpp"
#include "cli/lifecycle.hpp"
#include "cli/live_status.hpp"
#include "cli/verbs.hpp"
#include "daemon/former_data.hpp"

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
        tell_changed_config(context, with_answer(place, probe).document->head);
        return code;
    }
    if (probe.state == daemon::Probe::State::unknown)
        return context.fail(probe.no_permission ? exit_code::unknown : exit_code::failed, unknown_sentence(probe));
    const auto config = startable(context, place);
    if (config.refused) return *config.refused;
    if (const auto former = daemon::find_former_data(place.former_dir, place.config_path, place.data_dir)) {
        const auto sentence = daemon::to_text(*former, place.data_dir);
        if (daemon::prevents_start(*former)) return context.fail(exit_code::failed, sentence);
        if (former->what == daemon::FormerData::What::files) context.note(sentence);
    }
    return launch(context, manager, config.config_path, options.timeout, options.wait);
}

}  // namespace talos::cli
