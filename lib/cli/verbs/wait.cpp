#include "api/blocked_by.hpp"
#include "api/select.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/session/api.hpp"
#include "cli/session/event.hpp"
#include "cli/session/progress.hpp"
#include "cli/verbs/verbs.hpp"
#include "cli/views/snapshot.hpp"
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

// Who is still waited for. A state that lasted too short to be seen in status.json is seen in the history.
class Goal {
public:
    /// `target`: a state, or `healthy`.
    /// `named`: what the command line says; a pattern or `all` does not mean a worker that is disabled.
    Goal(const std::string& target, std::vector<std::string> names, Words named)
        : target_(state::state_from(target)), missing_(std::move(names)), named_(std::move(named)) {}

    void look(const state::StatusDocument& document) {
        for (const auto& worker : document.workers) {
            // A oneshot that is done has been what it is to be, and runs no more.
            const bool done = target_ == State::running && state::completed(worker);
            const bool there = target_ ? done || state::documented_state(worker) == *target_
                                       : worker.health && worker.health->state == worker::HealthState::healthy;
            if (there || is_left_out(worker)) std::erase(missing_, worker.name);
        }
    }
    void look(const Event& event) {
        const bool there =
            target_ ? state::state_from(event.to) == target_ : event.cause == worker::to_text(worker::HealthState::healthy);
        if (there) std::erase(missing_, event.worker);
    }
    [[nodiscard]] bool reached() const { return missing_.empty(); }
    [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

    /// One that is waited for and was removed from the config, or empty.
    [[nodiscard]] std::string removed(const state::StatusDocument& document) const {
        for (const auto& name : missing_)
            if (find(document, name) == nullptr) return name;
        return {};
    }

    /// The worker that will not get there by itself any more, in words; empty while there is hope.
    [[nodiscard]] std::string hopeless(const state::StatusDocument& document) const {
        for (const auto& worker : document.workers) {
            if (std::find(missing_.begin(), missing_.end(), worker.name) == missing_.end()) continue;
            if (!target_ && !worker.health) return worker.name + " has no `health` in its config";
            const bool ended = state::documented_state(worker) == State::exited && (!target_ || *target_ == State::running);
            if (api::rests_disabled(worker)) return api::disabled_text(worker.name);
            if (worker.state == State::fatal || ended) return words(worker);
            if (const auto* blocks = api::blocked_by(document, worker)) return worker.name + " waits in vain: " + words(*blocks);
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

    std::optional<State> target_;   // nothing: healthy
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
    return "talosd itself is stopped (SIGSTOP); `kill -CONT " + std::to_string(probe.document->head.identity.pid) +
           "` continues it";
}

// On a terminal, how it stands with those that are waited for.
void show(Progress& progress, const Goal& goal, const std::vector<std::string>& waited, const state::StatusDocument& document) {
    for (const auto& worker : document.workers) {
        if (std::find(waited.begin(), waited.end(), worker.name) == waited.end()) continue;
        const auto& missing = goal.missing();
        const bool there = std::find(missing.begin(), missing.end(), worker.name) == missing.end();
        progress.update({there ? WorkerResult::What::reached : WorkerResult::What::pending, worker.name,
                         std::string(state::shown_state(worker)), worker.pid, worker.reason});
    }
}

int wait_until(Context& context, const WaitOptions& options, Snapshot& snapshot) {
    const auto begun = std::chrono::steady_clock::now();
    const auto deadline = options.timeout ? std::optional{begun + *options.timeout} : std::nullopt;
    auto probe = snapshot.look();
    if (!probe) return context.fail(exit_code::unknown, probe.error());
    if (probe->state != client::Probe::State::running) return not_up(context, *probe);
    if (is_stopped(*probe)) context.note(stopped_sentence(*probe));

    const auto names = names_of(*probe->document);
    const auto chosen = select(names, options.workers);
    if (!chosen) return context.fail(exit_code::no_such_worker, chosen.error());
    std::vector<std::string> waited;
    const bool all =
        options.workers.empty() || std::find(options.workers.begin(), options.workers.end(), "all") != options.workers.end();
    const bool with_health_only = all && options.state == worker::to_text(worker::HealthState::healthy);
    for (const auto index : *chosen)
        if (!with_health_only || probe->document->workers[index].health) waited.push_back(names[index].name);
    Goal goal{options.state, waited, options.workers};
    Progress progress;
    const auto fail = [&](int code, const auto& what) {
        progress.clear();
        return context.fail(code, what);
    };

    for (;;) {
        goal.look(*probe->document);
        if (goal.reached()) break;
        if (const auto gone = goal.removed(*probe->document); !gone.empty())
            return fail(exit_code::no_such_worker, gone + " was removed from the config");
        if (const auto why = goal.hopeless(*probe->document); !why.empty()) return fail(exit_code::failed, why);
        show(progress, goal, waited, *probe->document);
        switch (snapshot.wait(deadline)) {
        case Snapshot::What::changed: break;
        case Snapshot::What::time:
            return fail(exit_code::timed_out,
                        "not " + options.state + " within " + format_duration(*options.timeout) + ": " + list_of(goal.missing()));
        case Snapshot::What::other:
        case Snapshot::What::reader_gone: break;
        }
        snapshot.history([&goal](std::string_view line) {
            if (const auto event = parse_event(line)) goal.look(*event);
        });
        if (goal.reached()) break;
        probe = snapshot.look();
        if (!probe) return fail(exit_code::unknown, probe.error());
        if (probe->state != client::Probe::State::running) {
            progress.clear();
            return not_up(context, *probe);
        }
    }
    progress.clear();
    if (context.json()) {
        boost::json::array list;
        for (const auto& name : waited) list.emplace_back(name);
        context.document(boost::json::object{{"reached", options.state}, {"workers", std::move(list)}});
    }
    return exit_code::ok;
}

}   // namespace

int wait(Context& context, const WaitOptions& options) {
    const auto snapshot = open_picture(context);
    if (!snapshot) return context.fail(exit_code::unknown, snapshot.error());
    return wait_until(context, options, **snapshot);
}

}   // namespace talos::cli
