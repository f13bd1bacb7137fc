#include "daemon/reload.hpp"

#include "config/document/locate.hpp"
#include "config/load/parse.hpp"
#include "config/load/saved_scale.hpp"
#include "config/model/dependency_graph.hpp"
#include "config/use/show.hpp"
#include "engine/runner/dependency_rules.hpp"
#include "turn/recorder.hpp"
#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace talos::daemon {

namespace {

using What = api::Outcome::What;

std::string summary(const api::ReloadAnswer& answer) {
    std::size_t added = 0;
    std::size_t removed = 0;
    std::size_t changed = 0;
    for (const auto& worker : answer.plan.workers) {
        switch (worker.what) {
        case config::WorkerChange::What::added: ++added; break;
        case config::WorkerChange::What::removed: ++removed; break;
        case config::WorkerChange::What::changed: ++changed; break;
        }
    }
    std::string text;
    const auto say = [&](std::size_t count, std::string_view word) {
        if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + std::string(word);
    };
    say(added, "added");
    say(removed, "removed");
    say(changed, "changed");
    say(answer.affected.size(), "restarted with their dependencies");
    say(api::untouched(answer), "unchanged");
    return text.empty() ? "no workers" : text;
}

std::unordered_map<std::string_view, const config::WorkerSpec*> by_name(const config::Config& config) {
    std::unordered_map<std::string_view, const config::WorkerSpec*> specs;
    for (const auto& spec : config.workers) specs.emplace(spec.name, &spec);
    return specs;
}

/// The worker is to be up but has no process since it failed. This config may fix it.
bool waits_for_config(const worker::Worker& worker) {
    return worker.wanted_up() && (worker.is(worker::State::backoff) || worker.is(worker::State::fatal));
}

}   // namespace

Reload::Reload(turn::Services& services, engine::Supervisor& supervisor, config::Config running,
               std::shared_ptr<config::ConfigRecord> read, config::ConfigFiles config_files, config::Accounts accounts,
               Callbacks callbacks)
    : services_(services), supervisor_(supervisor), head_(std::move(running)), read_(std::move(read)),
      config_files_(std::move(config_files)), accounts_(accounts), callbacks_(std::move(callbacks)),
      roll_(services, supervisor, "reload"), restarts_(services, supervisor, "restart") {
    head_.workers.clear();
    services_.takes_restart = [this](const engine::Runner& runner) { return roll_.takes(runner) || restarts_.takes(runner); };
    supervisor_.set_awaits_restart([this](const engine::Runner& runner) { return roll_.is_due(runner); });
    note_groups();
}

engine::Why Reload::why() const { return {.cause = "reload", .by = by_ ? &*by_ : nullptr}; }

config::Config Reload::running_config() const {
    config::Config running = head_;
    for (const auto& runner : supervisor_.runners())
        if (!runner->leaving()) running.workers.push_back(runner->spec());
    return running;
}

std::string Reload::running_text() const { return config::show(running_config(), config::Values::masked); }

std::optional<api::ConfigChanges> Reload::config_changes() const {
    if (head_.path.empty() || !read_) return std::nullopt;
    api::ConfigChanges changes;
    const auto folder = config::absolute_path("..", head_.path);
    for (auto& path : config_files_.changed_since(*read_))
        changes.files.push_back(config::lies_in(path, folder) ? path.substr(folder == "/" ? 1 : folder.size() + 1)
                                                              : std::move(path));
    changes.changed = !changes.files.empty();
    return changes;
}

api::ReloadAnswer Reload::ask(const api::ReloadRequest& request, const state::Requester* by) {
    api::ReloadAnswer answer;
    const auto refuse = [&](std::string why) {
        answer.what = api::ReloadAnswer::What::refused;
        answer.refused = std::move(why);
        return answer;
    };
    const auto invalid = [&](std::vector<std::string> errors) {
        answer.what = api::ReloadAnswer::What::invalid;
        answer.errors = std::move(errors);
        return answer;
    };
    if (head_.path.empty()) return refuse("talosd runs one program from its command line; there is no config to reload");
    if (supervisor_.stopping()) return refuse("talosd is stopping");
    const auto record = std::make_shared<config::ConfigRecord>();
    const auto files = config_files_.noting_in(record);
    const auto text = files.read(head_.path);
    if (!text) return invalid({text.error().message()});
    auto around = config::surroundings_with(files, accounts_);
    around.data_dir = [this](const std::string&) { return services_.files.path(); };   // changes only at the next start
    auto parsed = config::parse(*text, head_.path, around);
    for (const auto& warning : config_files_.take_warnings()) services_.observer.message(turn::Level::warning, warning);
    if (!parsed.errors.empty()) {
        std::vector<std::string> errors;
        for (const auto& error : parsed.errors) errors.push_back(config::to_text(error, head_.path));
        return invalid(std::move(errors));
    }
    if (const auto complaint = config::access_complaint(parsed.config, services_.files.path()))
        return invalid({head_.path + ": " + *complaint});
    auto access = http::Access::resolve(parsed.config.access);
    if (!access) return invalid({head_.path + ": " + access.error().message()});
    for (const auto& warning : parsed.warnings) answer.warnings.push_back(config::warning_text(warning, head_.path));
    for (auto& complaint : config::apply_scales(parsed.config, services_.overrides.instances, services_.files.path()))
        answer.warnings.push_back(head_.path + ": warning: " + complaint);
    auto running = running_config();
    answer.plan = config::diff(running, parsed.config);
    answer.affected = affected_by(answer.plan, parsed.config);
    if (request.dry_run) {
        answer.running = std::move(running);
        answer.wanted = std::move(parsed.config);
        return answer;
    }
    read_ = record;

    answer.number = ++number_;
    by_ = by != nullptr ? std::optional(*by) : std::nullopt;
    const std::string changes = summary(answer);
    services_.recorder.command({}, "reload", by, 0, changes);
    services_.observer.message(turn::Level::info, "reload of " + head_.path + ": " + changes);
    for (const auto& warning : answer.warnings) services_.observer.message(turn::Level::warning, warning);
    if (parsed.config.access != head_.access && callbacks_.access) callbacks_.access(std::move(*access));
    head_.access = parsed.config.access;   // other keys of talosd itself take effect at the next start
    head_.groups = parsed.config.groups;
    note_groups();
    apply(answer, parsed.config, request.roll);
    services_.touch();
    return answer;
}

/// Clients that wait for the previous reload get its results so far and this reason why nothing more will follow.
std::string Reload::replaced_text() const {
    std::string reason = "reload " + std::to_string(number_);
    if (by_)
        reason += " by uid " + std::to_string(by_->uid) + " (" + (by_->program.empty() ? "" : by_->program + ", ") + "pid " +
                  std::to_string(by_->pid) + ')';
    return reason + " replaced this one before it finished";
}

/// Another command has removed the worker, before or during its restart.
void Reload::removed_meanwhile(std::string_view worker, std::string_view command) {
    for (auto& item : roll_.items())
        if (item.worker == worker && item.outcome.what == What::pending)
            item.outcome = engine::outcome_of(What::failed, supervisor_.find(worker), std::string(command) + " removed it");
}

void Reload::apply(const api::ReloadAnswer& answer, const config::Config& wanted, api::ReloadRequest::Roll pace) {
    const auto owed = roll_.owed();
    replaced_ = roll_.end(replaced_text());
    // Includes unchanged workers: a pending change of an earlier reload may have been reverted.
    for (const auto& spec : wanted.workers)
        if (engine::Runner* runner = supervisor_.find(spec.name); runner != nullptr && !runner->leaving())
            runner->reconfigure(spec);
    roll_.items().reserve(answer.plan.workers.size() + answer.affected.size() + owed.size());
    const auto specs = by_name(wanted);
    for (const auto& one : answer.plan.workers) {
        const auto spec = specs.find(one.name);
        change(one, spec == specs.end() ? nullptr : spec->second, answer.plan, pace);
    }
    for (const auto& one : answer.affected) apply(one, false, pace);
    for (const auto& [worker, after] : owed) apply({worker, after, config::Dependency::OnFailure::restart}, true, pace);
    order_queue(roll_, wanted);
    std::vector<std::string> names;
    names.reserve(wanted.workers.size());
    for (const auto& spec : wanted.workers) names.push_back(spec.name);
    supervisor_.order(names);
    // Some go on with the config that they have, and those that are removed are not gone yet.
    services_.recorder.set_stop_timeout(std::max(engine::Supervisor::stop_timeout(wanted.workers), supervisor_.stop_timeout()));
}

/// `due`: an earlier reload has not processed the worker yet. A worker that stops with its dependency is not queued.
void Reload::apply(const config::Affected& affected, bool due, api::ReloadRequest::Roll pace) {
    const auto& items = roll_.items();
    const bool known = std::any_of(items.begin(), items.end(), [&](const Item& item) {
        return item.worker == affected.worker && item.kind == engine::Roll::Kind::affected;
    });
    if (due && known) {
        if (const engine::Runner* runner = supervisor_.find(affected.worker)) (void)roll_.takes(*runner);
        return;
    }
    Item item;
    item.worker = affected.worker;
    item.kind = engine::Roll::Kind::affected;
    item.after = affected.by;
    item.how = affected.how;
    item.due = due;
    const bool rolls = affected.how == config::Dependency::OnFailure::restart && pace == api::ReloadRequest::Roll::one_by_one;
    if (rolls || due) roll_.enqueue(std::move(item));
    else roll_.add(std::move(item));
}

/// Dependencies come before their dependents.
void Reload::order_queue(engine::Roll& roll, const config::Config& wanted) {
    std::vector<std::string_view> names;
    for (const auto place : config::DependencyGraph(config::pointers_to(wanted.workers)).start_order())
        names.emplace_back(wanted.workers[place].name);
    roll.sort_queue(names);
}

/// Whether a restart applies the config: the worker runs with the old config, or it waits for a new one.
bool Reload::restarts(const engine::Runner& runner) {
    const auto& worker = runner.worker();
    return runner.pid() != 0 || worker.ready() || waits_for_config(worker);
}

std::vector<config::Affected> Reload::affected_by(const config::Plan& plan, const config::Config& wanted) const {
    std::unordered_set<std::string_view> first;
    for (const auto& change : plan.workers) {
        const engine::Runner* runner = change.needs_restart() ? supervisor_.find(change.name) : nullptr;
        if (runner != nullptr && restarts(*runner)) first.insert(change.name);
    }
    if (first.empty()) return {};
    const auto is_up = [this](std::string_view name) {
        const engine::Runner* runner = supervisor_.find(name);
        return runner != nullptr && !runner->leaving() && runner->worker().wanted_up() && engine::is_there(runner->worker());
    };
    return config::affected_by(config::pointers_to(wanted.workers), first, config::Fate::restarted, is_up);
}

void Reload::change(const config::WorkerChange& change, const config::WorkerSpec* wanted, const config::Plan& plan,
                    api::ReloadRequest::Roll pace) {
    Item item;
    item.worker = change.name;
    engine::Runner* runner = supervisor_.find(change.name);
    switch (change.what) {
    case config::WorkerChange::What::added:
        runner = &supervisor_.add(*wanted);
        start_after_removed(*runner, *wanted, plan);
        if (wanted->autostart && !runner->disabled()) item.wish = runner->ask(api::Verb::start, why());
        else item.outcome = engine::outcome_of(What::reached, runner);
        break;
    case config::WorkerChange::What::removed:
        if (runner == nullptr) return;
        item.wish = supervisor_.remove(*runner, why());
        break;
    case config::WorkerChange::What::changed:
        if (runner == nullptr) return;
        if (!change.needs_restart() || !restarts(*runner)) {
            item.outcome = engine::outcome_of(What::reached, runner);
            break;
        }
        // A worker without a process already has the new config.
        if (pace == api::ReloadRequest::Roll::all_at_once || waits_for_config(runner->worker()))
            return roll_.restart(roll_.add(std::move(item)), why());
        return roll_.enqueue(std::move(item));
    }
    roll_.add(std::move(item));
}

void Reload::end_of_turn() {
    roll_.end_of_turn(why());
    restarts_.end_of_turn({.by = restarted_by_ ? &*restarted_by_ : nullptr});
}

std::optional<api::ReloadProgress> Reload::progress(std::uint64_t number) const {
    if (number == 0 || number > number_ || number + 1 < number_) return std::nullopt;
    return engine::Roll::progress_of(number == number_ ? roll_.items() : replaced_);
}

}   // namespace talos::daemon
