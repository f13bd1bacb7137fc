#include "supervisor/control_service.hpp"

#include "posix/usage.hpp"
#include "supervisor/daemon_log.hpp"
#include <boost/asio/post.hpp>
#include <unistd.h>

namespace talos::supervisor {

namespace {

Failure no_such(std::string_view name) { return refused("there is no worker " + std::string(name)); }

/// An instance may have been one too many.
std::string why_leaving(const Runner& runner) {
    const std::string why = runner.spec().instance.get() != nullptr ? "no longer wanted" : "no longer in the config";
    return "it is " + why + " and is being removed";
}

/// Adds up what the processes of each worker's tree use.
class Trees {
public:
    Trees(const Services& services, const Orphans& orphans) : services_(services), orphans_(orphans), all_(posix::read_all_stats()) {}

    void add_to(std::unordered_map<const Runner*, control::WorkerMetrics*>& workers) {
        for (const auto& [pid, stat] : all_) {
            const auto found = workers.find(owner_of(pid, stat));
            if (found == workers.end()) continue;
            auto& worker = *found->second;
            ++worker.processes;
            worker.cpu_seconds += posix::seconds_of_ticks(stat.cpu_ticks);
            worker.resident_bytes += posix::bytes_of_pages(stat.resident_pages);
        }
    }
    /// Whether it has met a child that Orphans does not know yet.
    [[nodiscard]] bool met_unknown() const { return unknown_; }
    [[nodiscard]] const posix::ProcessStat* own() const {
        const auto found = all_.find(::getpid());
        return found == all_.end() ? nullptr : &found->second;
    }

private:
    /// By its session, else by the first ancestor whose owner is known that way, else by what Orphans knows of the one that is our child.
    const Runner* owner_of(pid_t pid, const posix::ProcessStat& stat) {
        constexpr int deepest = 1000;
        const pid_t self = ::getpid();
        pid_t at = pid;
        const posix::ProcessStat* seen = &stat;
        for (int depth = 0; depth < deepest && at > 1 && at != self; ++depth) {
            if (const Runner* leader = services_.processes.leader_of(seen->session)) return leader;
            if (seen->ppid == self) {
                const Runner* owner = orphans_.owner_of(at);
                unknown_ = unknown_ || (owner == nullptr && !orphans_.knows(at) && !services_.processes.is_helper(at));
                return owner;
            }
            at = seen->ppid;
            const auto parent = all_.find(at);
            if (parent == all_.end()) return nullptr;
            seen = &parent->second;
        }
        return nullptr;
    }

    const Services& services_;
    const Orphans& orphans_;
    std::unordered_map<pid_t, posix::ProcessStat> all_;
    bool unknown_ = false;
};

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

control::Metrics ControlService::metrics() {
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
    std::unordered_map<const Runner*, control::WorkerMetrics*> by_runner;
    for (std::size_t i = 0; i < metrics.workers.size(); ++i) {
        const auto& runner = supervisor_.runners()[i];
        runner->fill(metrics.workers[i]);
        by_runner.emplace(runner.get(), &metrics.workers[i]);
    }
    Trees trees(services_, supervisor_.orphans());
    trees.add_to(by_runner);
    if (trees.met_unknown()) aio::asio::post(services_.executor, [&services = services_] { services.trees_changed(); });   // the next answer counts it
    if (const auto* own = trees.own()) {
        metrics.cpu_seconds = posix::seconds_of_ticks(own->cpu_ticks);
        metrics.resident_bytes = posix::bytes_of_pages(own->resident_pages);
    }
    return metrics;
}

Result<control::Wish> ControlService::ask(std::string_view name, control::Verb verb, const daemon::Asker& asker) {
    Runner* runner = supervisor_.find(name);
    if (runner == nullptr) return no_such(name);
    if (verb != control::Verb::stop && supervisor_.stopping()) return talos::refused("talosd is stopping");
    if (verb != control::Verb::stop && runner->leaving()) return talos::refused(why_leaving(*runner));
    return runner->ask(verb, {.by = &asker});
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
