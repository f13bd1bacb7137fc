#include "supervisor/control_service.hpp"

#include "supervisor/daemon_log.hpp"
#include <limits>

namespace talos::supervisor {

namespace {

Failure no_such(std::string_view name) { return refused("there is no worker " + std::string(name)); }

/// An instance may have been one too many.
std::string why_leaving(const Runner& runner) {
    const std::string why = runner.spec().instance.get() != nullptr ? "no longer wanted" : "no longer in the config";
    return "it is " + why + " and is being removed";
}

}  // namespace

std::vector<daemon::Named> ControlService::names() const {
    std::vector<daemon::Named> names;
    names.reserve(supervisor_.runners().size());
    for (const auto& runner : supervisor_.runners()) {
        const auto* instance = runner->spec().instance.get();
        names.push_back({runner->spec().name, instance != nullptr ? instance->of : std::string()});
    }
    return names;
}

std::optional<control::WorkerView> ControlService::worker(std::string_view name) const {
    const Runner* runner = supervisor_.find(name);
    return runner != nullptr ? std::optional(runner->view()) : std::nullopt;
}

control::LogPlace ControlService::log_of(std::string_view name) const {
    const Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return {{}, false, "there is no worker " + std::string(name)};
    const auto& spec = runner->spec();
    if (const auto* log = config::log_file(spec))
        return {log_path(services_, spec.name, *log).path, log->format == config::LogSpec::Format::raw, {}};
    if (spec.log.empty()) return {{}, false, spec.name + " keeps no log: its config says \"log\": \"none\""};
    return {{}, false, spec.name + " keeps no log of its own: its config says \"log\": \"inherit\""};
}

std::optional<control::ReloadProgress> ControlService::reload_progress(std::uint64_t number) const { return reload_.progress(number); }

std::unique_ptr<control::Measurement> ControlService::measure() {
    return std::make_unique<Measuring>(services_, supervisor_.orphans(),
                                       [this](const Measuring::ByWorker& usage, const posix::ProcessStat* own) { return metrics(usage, own); });
}

control::Metrics ControlService::metrics(const Measuring::ByWorker& usage, const posix::ProcessStat* own) const {
    control::Metrics metrics;
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

Result<control::Wish> ControlService::ask(std::string_view name, control::Verb verb, const daemon::Asker& asker, bool named) {
    using control::Verb;
    Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return no_such(name);
    const bool goes_down = verb == Verb::stop || verb == Verb::disable;
    if (!goes_down && supervisor_.stopping()) return talos::refused("talosd is stopping");
    if (verb != Verb::stop && runner->leaving()) return talos::refused(why_leaving(*runner));
    if (verb == Verb::reload && !named && runner->spec().reload.get() == nullptr) return skipped(*runner, verb, "it has no \"reload\"");
    if (verb == Verb::reload)
        if (const auto why_not = runner->reload_refusal(); !why_not.empty()) return talos::refused(std::string(why_not));
    if (verb == Verb::disable)
        if (auto kept = set_disabled(*runner, true); !kept) return kept.error();
    const bool goes_up = verb == Verb::start || verb == Verb::restart;
    if (goes_up && runner->disabled() && runner->worker().goal == worker::Goal::down) {
        const std::string start = "`talosctl start " + std::string(name) + "` starts it";
        if (verb == Verb::restart && named)
            return talos::refused("it is disabled; " + start + " once, `talosctl enable " + std::string(name) + "` enables it");
        if (!named) return skipped(*runner, verb, "disabled; " + start);
    }
    return runner->ask(verb, {.by = &asker});
}

Result<> ControlService::set_disabled(const Runner& runner, bool disabled) {
    auto wanted = services_.overrides;
    if (disabled) wanted.disabled.insert(runner.spec().name);
    else wanted.disabled.erase(runner.spec().name);
    return services_.override_with(std::move(wanted));
}

/// A pattern, or `all`, does not mean a worker that is disabled, nor for a reload one that cannot.
control::Wish ControlService::skipped(const Runner& runner, control::Verb verb, std::string why) {
    control::Wish wish;
    wish.worker = runner.spec().name;
    wish.verb = verb;
    wish.number = std::numeric_limits<std::uint64_t>::max();
    wish.skipped = std::move(why);
    return wish;
}

Result<> ControlService::act(std::string_view name, control::Deed deed, const daemon::Asker& asker) {
    Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return no_such(name);
    if (deed == control::Deed::enable)
        if (auto kept = set_disabled(*runner, false); !kept) return kept;
    return runner->act(deed, {.by = &asker});
}

Result<> ControlService::signal(std::string_view name, int signal, const daemon::Asker& asker) {
    Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return no_such(name);
    return runner->signal(signal, {.by = &asker});
}

control::ReloadAnswer ControlService::reload(const control::ReloadWish& wish, const daemon::Asker& asker) {
    return reload_.ask(wish, &asker);
}

void ControlService::left_out(const std::string& sentence) {
    constexpr std::size_t most = 1'000;
    if (told_left_out_.size() >= most) told_left_out_.clear();
    if (told_left_out_.insert(sentence).second) services_.observer.message(Level::warning, sentence + "; it is left out");
}

void ControlService::refused(const daemon::Asker& asker, std::string_view what) {
    recorder_.command({}, "refused", &asker, 0, what);
    services_.observer.message(Level::warning, "refused " + to_text(asker) + ": " + std::string(what));
    services_.touch();
}

}  // namespace talos::supervisor
