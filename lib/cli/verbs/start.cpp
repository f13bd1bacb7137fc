#include "cli/command_line/exit_code.hpp"
#include "cli/session/command.hpp"
#include "cli/session/config_news.hpp"
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

/// Whether a talosd that is stopping has ended in time. It says what it waits for when that takes more than a moment.
bool await_end(const Context& context, const client::DaemonManager& manager, const posix::ProcessIdentity& stopping,
               Millis limit) {
    constexpr std::chrono::seconds worth_a_word{1};
    const auto begun = Clock::now();
    for (bool told = false;;) {
        const auto probe = manager.probe();
        if (!is_stopping(probe) || probe.document->head.identity != stopping) return true;
        const auto waited = Clock::now() - begun;
        if (waited >= limit) return false;
        if (!told && waited >= worth_a_word) {
            context.note("talosd (pid " + std::to_string(stopping.pid) + ") is stopping; it is started anew once it has ended");
            told = true;
        }
        ::poll(nullptr, 0, 10);
    }
}

}   // namespace

int start(Context& context, const StartOptions& options) {
    if (!options.workers.empty() && options.wait && options.no_wait)
        return context.fail(exit_code::usage, "--wait and --no-wait exclude each other");
    if (!options.workers.empty()) return command_workers(context, "start", options.workers, options.no_wait, options.timeout);
    const DaemonLocation location = locate(context.options(), Need::config);
    const client::DaemonManager manager{location.data_dir};
    // Whoever runs already is named even when the config is broken by now.
    auto probe = manager.probe();
    if (is_stopping(probe)) {
        const auto& head = probe.document->head;
        const Millis limit = options.timeout.value_or(head.stop_timeout);
        if (!await_end(context, manager, head.identity, limit))
            return context.fail(exit_code::failed, "talosd (pid " + std::to_string(head.identity.pid) +
                                                       ") is stopping, and has not ended within " + human_duration(limit));
        probe = manager.probe();
    }
    if (probe.state == client::Probe::State::running) {
        const int code = already_running(context, probe.document->head.identity.pid, options.timeout, options.wait);
        const auto& runs_with = probe.document->head.config_path;
        if (const auto other = other_config(location, runs_with); !other.empty())
            context.note("it runs with " + runs_with + ", not with " + other);
        tell_changed_config(context, with_answer(location, probe).document->head);
        return code;
    }
    if (probe.state == client::Probe::State::unknown)
        return context.fail(probe.no_permission ? exit_code::unknown : exit_code::failed, unknown_sentence(probe));
    const auto config = startable(context, location);
    if (config.refused) return *config.refused;
    if (const auto refused = second_stack(context, location)) return *refused;
    return launch(context, manager, config.config_path, options.timeout, options.wait);
}

}   // namespace talos::cli
