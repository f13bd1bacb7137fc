#include "cli/command_line/exit_code.hpp"
#include "cli/session/command.hpp"
#include "cli/session/config_changes.hpp"
#include "cli/verbs/lifecycle.hpp"
#include "cli/verbs/verbs.hpp"
#include "cli/views/live_status.hpp"
#include "core/duration.hpp"
#include <chrono>
#include <poll.h>

namespace talos::cli {

namespace {

using Clock = std::chrono::steady_clock;

bool is_stopping(const client::Probe& probe) {
    return probe.state == client::Probe::State::running && probe.document->head.state == state::DaemonState::stopping;
}

/// Whether a talosd that is stopping has exited in time. Prints a note if that takes longer than a moment.
bool await_end(const Context& context, const client::DaemonManager& manager, const posix::ProcessIdentity& stopping,
               Millis limit) {
    constexpr std::chrono::seconds notice_after{1};
    const auto started_at = Clock::now();
    for (bool warned = false;;) {
        const auto probe = manager.probe();
        if (!is_stopping(probe) || probe.document->head.identity != stopping) return true;
        const auto elapsed = Clock::now() - started_at;
        if (elapsed >= limit) return false;
        if (!warned && elapsed >= notice_after) {
            context.note("talosd (pid " + std::to_string(stopping.pid) + ") is stopping; the new one starts once it has exited");
            warned = true;
        }
        ::poll(nullptr, 0, 10);
    }
}

}   // namespace

int start(Context& context, const StartOptions& options) {
    if (!options.workers.empty() && options.wait && options.no_wait)
        return context.fail(exit_code::usage, "--wait and --no-wait cannot be combined");
    if (!options.workers.empty()) return command_workers(context, "start", options.workers, options.no_wait, options.timeout);
    const DaemonLocation location = locate(context.options(), Need::config);
    const client::DaemonManager manager{location.data_dir};
    // A running talosd is reported even if the config is invalid by now.
    auto probe = manager.probe();
    if (is_stopping(probe)) {
        const auto& head = probe.document->head;
        const Millis limit = options.timeout.value_or(head.stop_timeout);
        if (!await_end(context, manager, head.identity, limit))
            return context.fail(exit_code::failed, "talosd (pid " + std::to_string(head.identity.pid) +
                                                       ") is stopping and has not exited within " + human_duration(limit));
        probe = manager.probe();
    }
    if (probe.state == client::Probe::State::running) {
        const int code = already_running(context, probe.document->head.identity.pid, options.timeout, options.wait);
        const auto& runs_with = probe.document->head.config_path;
        if (const auto other = other_config(location, runs_with); !other.empty())
            context.note("talosd has loaded " + runs_with + ", not " + other);
        note_changed_config(context, with_answer(location, probe).document->head);
        return code;
    }
    if (probe.state == client::Probe::State::unknown)
        return context.fail(probe.no_permission ? exit_code::unknown : exit_code::failed, unknown_sentence(probe));
    const auto config = startable(context, location);
    if (config.refused) return *config.refused;
    if (const auto refused = check_former_data(context, location)) return *refused;
    return launch(context, manager, config.config_path, options.timeout, options.wait);
}

}   // namespace talos::cli
