#include "api/blocked_by.hpp"
#include "api/select.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/session/api.hpp"
#include "cli/session/event.hpp"
#include "cli/session/progress.hpp"
#include "cli/verbs/verbs.hpp"
#include "cli/views/status_source.hpp"
#include "core/duration.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <unistd.h>

namespace talos::cli {

using api::names_of;
using api::select;

namespace {

using State = worker::State;

// The workers that have not reached the state. States too short to appear in status.json are found in the history.
class Goal {
public:
    /// `target`: a state, or `healthy`. `named`: the words of the command line; a pattern or `all` does not select a disabled
    /// worker.
    Goal(const std::string& target, std::vector<std::string> names, Words named)
        : target_(state::state_from(target)), missing_(std::move(names)), named_(std::move(named)) {}

    void observe(const state::StatusDocument& document) {
        for (const auto& worker : document.workers) {
            // A completed oneshot counts as having been running.
            const bool done = target_ == State::running && state::completed(worker);
            const bool there = target_ ? done || state::documented_state(worker) == *target_
                                       : worker.health && worker.health->state == worker::HealthState::healthy;
            if (there || is_left_out(worker)) std::erase(missing_, worker.name);
        }
    }
    void observe(const Event& event) {
        const bool there =
            target_ ? state::state_from(event.to) == target_ : event.cause == worker::to_text(worker::HealthState::healthy);
        if (there) std::erase(missing_, event.worker);
    }
    [[nodiscard]] bool reached() const { return missing_.empty(); }
    [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

    /// A selected worker that was removed from the config; empty if there is none.
    [[nodiscard]] std::string removed(const state::StatusDocument& document) const {
        for (const auto& name : missing_)
            if (find(document, name) == nullptr) return name;
        return {};
    }

    /// Why a worker will not reach the state any more without a command; empty while it may.
    [[nodiscard]] std::string hopeless(const state::StatusDocument& document) const {
        for (const auto& worker : document.workers) {
            if (std::find(missing_.begin(), missing_.end(), worker.name) == missing_.end()) continue;
            if (!target_ && !worker.health) return worker.name + " has no `health` in its config";
            const bool ended = state::documented_state(worker) == State::exited && (!target_ || *target_ == State::running);
            if (api::rests_disabled(worker)) return api::disabled_text(worker.name);
            if (worker.state == State::fatal || ended) return words(worker);
            if (const auto* blocks = api::blocked_by(document, worker))
                return worker.name + " waits for a worker that will not come up: " + words(*blocks);
        }
        return {};
    }

private:
    [[nodiscard]] bool is_left_out(const state::WorkerStatus& worker) const {
        return api::rests_disabled(worker) && std::find(named_.begin(), named_.end(), worker.name) == named_.end();
    }
    static std::string words(const state::WorkerStatus& worker) {
        if (api::rests_disabled(worker)) return api::disabled_text(worker.name);
        std::string out = worker.name + " is " + std::string{worker::to_text(state::documented_state(worker))};
        if (!worker.reason.empty()) out += ": " + worker.reason;
        return out + "; see `talosctl why " + worker.name + "`";
    }
    static const state::WorkerStatus* find(const state::StatusDocument& document, const std::string& name) {
        const auto found = std::find_if(document.workers.begin(), document.workers.end(),
                                        [&](const auto& worker) { return worker.name == name; });
        return found != document.workers.end() ? &*found : nullptr;
    }

    std::optional<State> target_;   // nullopt: healthy
    std::vector<std::string> missing_;
    Words named_;
};

std::string list_of(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out.append(out.empty() ? "" : ", ").append(name);
    return out;
}

int not_up(Context& context, const client::Probe& probe) {
    switch (probe.state) {
    case client::Probe::State::dead:
    case client::Probe::State::not_running:
        return context.fail(exit_code::not_running, not_running_sentence(locate(context.options(), Need::config)));
    case client::Probe::State::running:
    case client::Probe::State::starting:
    case client::Probe::State::unknown: break;
    }
    return context.fail(exit_code::unknown, unknown_sentence(probe));
}

std::string stopped_sentence(const client::Probe& probe) {
    return "talosd itself is suspended (SIGSTOP); `kill -CONT " + std::to_string(probe.document->head.identity.pid) +
           "` continues it";
}

// On a terminal, shows the progress of the selected workers.
void show(Progress& progress, const Goal& goal, const std::vector<std::string>& selected, const state::StatusDocument& document) {
    for (const auto& worker : document.workers) {
        if (std::find(selected.begin(), selected.end(), worker.name) == selected.end()) continue;
        const auto& missing = goal.missing();
        const bool there = std::find(missing.begin(), missing.end(), worker.name) == missing.end();
        progress.update({there ? WorkerResult::What::reached : WorkerResult::What::pending, worker.name,
                         std::string(state::shown_state(worker)), worker.pid, worker.reason});
    }
}

int wait_until(Context& context, const WaitOptions& options, StatusSource& source) {
    const auto begun = std::chrono::steady_clock::now();
    const auto deadline = options.timeout ? std::optional{begun + *options.timeout} : std::nullopt;
    auto probe = source.probe();
    if (!probe) return context.fail(exit_code::unknown, probe.error());
    if (probe->state != client::Probe::State::running) return not_up(context, *probe);
    if (is_stopped(*probe)) context.note(stopped_sentence(*probe));

    const auto names = names_of(*probe->document);
    const auto chosen = select(names, options.workers);
    if (!chosen) return context.fail(exit_code::no_such_worker, chosen.error());
    std::vector<std::string> selected;
    const bool all =
        options.workers.empty() || std::find(options.workers.begin(), options.workers.end(), "all") != options.workers.end();
    const bool with_health_only = all && options.state == worker::to_text(worker::HealthState::healthy);
    for (const auto index : *chosen)
        if (!with_health_only || probe->document->workers[index].health) selected.push_back(names[index].name);
    Goal goal{options.state, selected, options.workers};
    Progress progress;
    const auto fail = [&](int code, const auto& what) {
        progress.clear();
        return context.fail(code, what);
    };

    for (;;) {
        goal.observe(*probe->document);
        if (goal.reached()) break;
        if (const auto gone = goal.removed(*probe->document); !gone.empty())
            return fail(exit_code::no_such_worker, gone + " was removed from the config");
        if (const auto why = goal.hopeless(*probe->document); !why.empty()) return fail(exit_code::failed, why);
        show(progress, goal, selected, *probe->document);
        switch (source.wait(deadline)) {
        case StatusSource::What::changed: break;
        case StatusSource::What::time:
            return fail(exit_code::timed_out,
                        "not " + options.state + " within " + format_duration(*options.timeout) + ": " + list_of(goal.missing()));
        case StatusSource::What::other:
        case StatusSource::What::reader_gone: break;
        }
        source.history([&goal](std::string_view line) {
            if (const auto event = parse_event(line)) goal.observe(*event);
        });
        if (goal.reached()) break;
        probe = source.probe();
        if (!probe) return fail(exit_code::unknown, probe.error());
        if (probe->state != client::Probe::State::running) {
            progress.clear();
            return not_up(context, *probe);
        }
    }
    progress.clear();
    if (context.json()) {
        boost::json::array list;
        for (const auto& name : selected) list.emplace_back(name);
        context.document(boost::json::object{{"reached", options.state}, {"workers", std::move(list)}});
    }
    return exit_code::ok;
}

}   // namespace

int wait(Context& context, const WaitOptions& options) {
    const auto source = open_status_source(context);
    if (!source) return context.fail(exit_code::unknown, source.error());
    return wait_until(context, options, **source);
}

}   // namespace talos::cli
