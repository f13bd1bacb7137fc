#include "daemon/control_service.hpp"

#include "daemon/daemon_log.hpp"
#include "engine/runner/dependencies.hpp"
#include "engine/runner/dependency_rules.hpp"
#include <algorithm>
#include <limits>

namespace talos::daemon {

namespace {

Failure no_such(std::string_view name) { return refused("there is no worker " + std::string(name)); }

/// An instance may have been one too many.
std::string why_leaving(const engine::Runner& runner) {
    const std::string why = runner.spec().instance.get() != nullptr ? "no longer wanted" : "no longer in the config";
    return "it is " + why + " and is being removed";
}

}   // namespace

std::vector<api::Named> ControlService::names() const {
    std::vector<api::Named> names;
    names.reserve(supervisor_.runners().size());
    for (const auto& runner : supervisor_.runners()) {
        const auto* instance = runner->spec().instance.get();
        names.push_back({runner->spec().name, instance != nullptr ? instance->of : std::string()});
    }
    return names;
}

std::optional<api::WorkerView> ControlService::worker(std::string_view name) const {
    const engine::Runner* runner = supervisor_.find(name);
    return runner != nullptr ? std::optional(runner->view()) : std::nullopt;
}

api::LogPlace ControlService::log_of(std::string_view name) const {
    const engine::Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return {{}, false, "there is no worker " + std::string(name)};
    const auto& spec = runner->spec();
    if (const auto* log = config::log_file(spec))
        return {engine::log_path(services_, spec.name, *log).path, log->format == config::LogSpec::Format::raw, {}};
    if (spec.log.empty()) return {{}, false, spec.name + " keeps no log: its config says \"log\": \"none\""};
    return {{}, false, spec.name + " keeps no log of its own: its config says \"log\": \"inherit\""};
}

std::optional<api::ReloadProgress> ControlService::reload_progress(std::uint64_t number) const {
    return reload_.progress(number);
}

std::unique_ptr<api::Measurement> ControlService::measure() {
    return std::make_unique<Measuring>(
        services_, supervisor_.orphans(),
        [this](const Measuring::ByWorker& usage, const posix::ProcessStat* own) { return metrics(usage, own); });
}

api::Metrics ControlService::metrics(const Measuring::ByWorker& usage, const posix::ProcessStat* own) const {
    api::Metrics metrics;
    const auto& head = recorder_.head();
    metrics.version = head.version;
    metrics.start_time_seconds = static_cast<double>(to_ms(head.started_at)) / 1000;
    metrics.events = head.sequence;
    metrics.open_descriptors = posix::count_descriptors();
    metrics.restart_latency = services_.statistics.restart_latency;
    metrics.turn = services_.statistics.turn;
    metrics.status_write = recorder_.write_costs();
    metrics.status_write_failures = recorder_.write_failures();
    metrics.workers.resize(supervisor_.runners().size());
    for (std::size_t i = 0; i < metrics.workers.size(); ++i) {
        auto& worker = metrics.workers[i];
        supervisor_.runners()[i]->fill(worker);
        const auto found = usage.find(worker.name);
        if (found == usage.end()) continue;
        worker.processes = found->second.processes;
        worker.cpu_seconds = found->second.cpu_seconds;
        worker.resident_bytes = found->second.resident_bytes;
    }
    if (own != nullptr) {
        metrics.cpu_seconds = posix::seconds_of_ticks(own->cpu_ticks);
        metrics.resident_bytes = posix::bytes_of_pages(own->resident_pages);
    }
    return metrics;
}

Result<api::PendingCommand> ControlService::ask(std::string_view name, api::Verb verb, const state::Requester& requester,
                                                const api::Meant& meant) {
    engine::Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return no_such(name);
    if (auto left = exclusion(*runner, verb, meant); !left.why.empty()) {
        if (left.refused) return talos::refused(std::move(left.why));
        return skipped(*runner, verb, std::move(left.why));
    }
    if (verb == api::Verb::disable)
        if (auto kept = set_disabled(*runner, true); !kept) return kept.error();
    return runner->ask(verb, {.by = &requester});
}

ControlService::Exclusion ControlService::exclusion(const engine::Runner& runner, api::Verb verb, const api::Meant& meant) const {
    using api::Verb;
    const auto& name = runner.spec().name;
    const bool goes_down = verb == Verb::stop || verb == Verb::disable;
    const bool goes_up = verb == Verb::start || verb == Verb::restart;
    if (!goes_down && supervisor_.stopping()) return {"talosd is stopping"};
    if (verb != Verb::stop && runner.leaving()) return {why_leaving(runner)};
    if (verb == Verb::reload && !meant.named && runner.spec().reload.get() == nullptr) return {"it has no \"reload\"", false};
    if (verb == Verb::reload) return {std::string(runner.reload_refusal())};
    if (!goes_up) return {};
    if (runner.disabled() && !runner.worker().wanted_up()) {
        if (!meant.named) return {"disabled; `talosctl start " + name + "` starts it", false};
        if (verb == Verb::restart)
            return {"it is disabled; `talosctl start " + name + "` starts it once, `talosctl enable " + name + "` enables it"};
    }
    const auto& worker = runner.worker();
    if (!meant.named && worker.is_completed() && !worker.leaves_later())
        return {"completed; `talosctl " + std::string(api::to_text(verb)) + ' ' + name + "` runs it again", false};
    return {verb == Verb::restart ? restart_refusal(runner, meant) : std::string()};
}

std::optional<api::Outcome> ControlService::not_restarted(std::string_view name, const api::Meant& meant) const {
    const engine::Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return api::Outcome{api::Outcome::What::failed, "removed", 0, "it was removed"};
    auto left = exclusion(*runner, api::Verb::restart, meant);
    if (left.why.empty()) return std::nullopt;
    return engine::outcome_of(left.refused ? api::Outcome::What::failed : api::Outcome::What::reached, runner,
                              std::move(left.why));
}

Result<> ControlService::set_disabled(const engine::Runner& runner, bool disabled) {
    auto wanted = services_.overrides;
    if (disabled) wanted.disabled.insert(runner.spec().name);
    else wanted.disabled.erase(runner.spec().name);
    return services_.override_with(std::move(wanted));
}

/// A restart would stop the worker, which would then wait for a dependency that is not running. Refuses the restart in that case.
std::string ControlService::restart_refusal(const engine::Runner& runner, const api::Meant& meant) const {
    if (services_.dependencies == nullptr || !runner.worker().held || !engine::is_there(runner.worker()) ||
        engine::goes_down(runner.worker()))
        return {};
    for (const auto& name : services_.dependencies->missing_for(runner)) {
        const engine::Runner* missing = supervisor_.find(name);
        const bool comes = meant.with != nullptr && std::find(meant.with->begin(), meant.with->end(), name) != meant.with->end();
        if (missing == nullptr || (comes && !missing->disabled())) continue;
        const auto& own = runner.spec().name;
        return "it keeps running: after a restart it would wait for " + services_.dependencies->awaited_by(runner) +
               "; `talosctl restart " + name + ' ' + own + "` restarts both";
    }
    return {};
}

std::vector<config::Affected> ControlService::taken_along(const std::vector<std::string>& names) const {
    if (services_.dependencies == nullptr) return {};
    std::vector<const config::WorkerSpec*> specs;
    for (const auto& runner : supervisor_.runners()) specs.push_back(&runner->spec());
    const auto is_up = [this](std::string_view name) {
        const engine::Runner* runner = supervisor_.find(name);
        return runner != nullptr && engine::is_there(runner->worker()) && !engine::goes_down(runner->worker());
    };
    return config::affected_by(specs, {names.begin(), names.end()}, config::Fate::stopped, is_up);
}

/// A pattern or `all` skips disabled workers and completed oneshots; a reload also skips workers that cannot reload.
api::PendingCommand ControlService::skipped(const engine::Runner& runner, api::Verb verb, std::string why) {
    api::PendingCommand command;
    command.worker = runner.spec().name;
    command.verb = verb;
    command.number = std::numeric_limits<std::uint64_t>::max();
    command.skipped = std::move(why);
    return command;
}

Result<> ControlService::act(std::string_view name, api::Operation operation, const state::Requester& requester) {
    engine::Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return no_such(name);
    if (operation == api::Operation::enable)
        if (auto kept = set_disabled(*runner, false); !kept) return kept;
    return runner->act(operation, {.by = &requester});
}

Result<> ControlService::signal(std::string_view name, int signal, const state::Requester& requester) {
    engine::Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return no_such(name);
    return runner->signal(signal, {.by = &requester});
}

api::ReloadAnswer ControlService::reload(const api::ReloadRequest& request, const state::Requester& requester) {
    return reload_.ask(request, &requester);
}

void ControlService::left_out(const std::string& sentence) {
    constexpr std::size_t most = 1'000;
    if (reported_left_out_.size() >= most) reported_left_out_.clear();
    if (reported_left_out_.insert(sentence).second)
        services_.observer.message(turn::Level::warning, sentence + "; it is left out");
}

void ControlService::refused(const state::Requester& requester, std::string_view what) {
    recorder_.command({}, "refused", &requester, 0, what);
    services_.observer.message(turn::Level::warning, "refused " + to_text(requester) + ": " + std::string(what));
    services_.touch();
}

}   // namespace talos::daemon
