#include "supervisor/reload.hpp"

#include "config/dependency_graph.hpp"
#include "config/locate.hpp"
#include "config/parse.hpp"
#include "config/saved_scale.hpp"
#include "config/show.hpp"
#include "supervisor/recorder.hpp"
#include <algorithm>
#include <unordered_map>
#include <utility>

namespace talos::supervisor {

namespace {

using What = control::Outcome::What;

std::string summary(const config::Plan& plan) {
    std::size_t added = 0;
    std::size_t removed = 0;
    std::size_t changed = 0;
    for (const auto& worker : plan.workers) {
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
    say(plan.unchanged, "unchanged");
    return text.empty() ? "no workers" : text;
}

std::unordered_map<std::string_view, const config::WorkerSpec*> by_name(const config::Config& config) {
    std::unordered_map<std::string_view, const config::WorkerSpec*> specs;
    for (const auto& spec : config.workers) specs.emplace(spec.name, &spec);
    return specs;
}

control::Outcome outcome(What what, const Runner* runner, std::string reason = {}) {
    control::Outcome made;
    made.what = what;
    made.state = runner != nullptr ? std::string(worker::to_text(runner->worker().state)) : "removed";
    made.pid = runner != nullptr ? runner->pid() : 0;
    made.reason = std::move(reason);
    return made;
}

}  // namespace

Reload::Reload(Services& services, Supervisor& supervisor, config::Config running, std::shared_ptr<daemon::ConfigRecord> read,
               daemon::ConfigFiles config_files, daemon::Accounts accounts, Hooks hooks)
    : services_(services), supervisor_(supervisor), head_(std::move(running)), read_(std::move(read)), config_files_(std::move(config_files)),
      accounts_(accounts), hooks_(std::move(hooks)) {
    head_.workers.clear();
    note_groups();
}

Why Reload::why() const { return {.cause = "reload", .by = by_ ? &*by_ : nullptr}; }

config::Config Reload::running_config() const {
    config::Config running = head_;
    for (const auto& runner : supervisor_.runners())
        if (!runner->leaving()) running.workers.push_back(runner->spec());
    return running;
}

std::string Reload::running_text() const { return config::show(running_config(), config::Values::masked); }

std::optional<control::ConfigNews> Reload::config_news() const {
    if (head_.path.empty() || !read_) return std::nullopt;
    control::ConfigNews news;
    const auto folder = config::absolute_path("..", head_.path);
    for (auto& path : config_files_.changed_since(*read_))
        news.files.push_back(config::lies_in(path, folder) ? path.substr(folder == "/" ? 1 : folder.size() + 1) : std::move(path));
    news.changed = !news.files.empty();
    return news;
}

control::ReloadAnswer Reload::ask(const control::ReloadWish& wish, const daemon::Asker* by) {
    control::ReloadAnswer answer;
    const auto refuse = [&](std::string why) {
        answer.what = control::ReloadAnswer::What::refused;
        answer.refused = std::move(why);
        return answer;
    };
    const auto invalid = [&](std::vector<std::string> errors) {
        answer.what = control::ReloadAnswer::What::invalid;
        answer.errors = std::move(errors);
        return answer;
    };
    if (head_.path.empty()) return refuse("talosd runs one program from its command line, there is no config to reload");
    if (supervisor_.stopping()) return refuse("talosd is stopping");
    const auto record = std::make_shared<daemon::ConfigRecord>();
    const auto files = config_files_.noting_in(record);
    const auto text = files.read(head_.path);
    if (!text) return invalid({text.error().message()});
    auto around = daemon::surroundings_with(files, accounts_);
    around.data_dir = [this](const std::string&) { return services_.files.path(); };   // it moves at the next start only
    auto parsed = config::parse(*text, head_.path, around);
    for (const auto& warning : config_files_.take_warnings()) services_.observer.message(Level::warning, warning);
    if (!parsed.errors.empty()) {
        std::vector<std::string> errors;
        for (const auto& error : parsed.errors) errors.push_back(config::to_text(error, head_.path));
        return invalid(std::move(errors));
    }
    if (const auto complaint = config::access_complaint(parsed.config, services_.files.path())) return invalid({head_.path + ": " + *complaint});
    auto access = control::Access::resolve(parsed.config.access);
    if (!access) return invalid({head_.path + ": " + access.error().message()});
    for (const auto& warning : parsed.warnings) answer.warnings.push_back(config::warning_text(warning, head_.path));
    for (auto& complaint : config::apply_scales(parsed.config, services_.overrides.instances, services_.files.path()))
        answer.warnings.push_back(head_.path + ": warning: " + complaint);
    auto running = running_config();
    answer.plan = config::diff(running, parsed.config);
    if (wish.dry_run) {
        answer.running = std::move(running);
        answer.wanted = std::move(parsed.config);
        return answer;
    }
    read_ = record;

    answer.number = ++number_;
    by_ = by != nullptr ? std::optional(*by) : std::nullopt;
    const std::string told = summary(answer.plan);
    services_.recorder.command({}, "reload", by, 0, told);
    services_.observer.message(Level::info, "reload of " + head_.path + ": " + told);
    for (const auto& warning : answer.warnings) services_.observer.message(Level::warning, warning);
    if (parsed.config.access != head_.access && hooks_.access) hooks_.access(std::move(*access));
    head_.access = parsed.config.access;   // the other keys of talosd's own stay what they are until its next start
    head_.groups = parsed.config.groups;
    note_groups();
    apply(answer.plan, parsed.config, wish.roll);
    services_.touch();
    return answer;
}

/// Who waits for the reload before is told what has come of it, and that nothing more is going to come.
void Reload::replace() {
    std::string reason = "reload " + std::to_string(number_);
    if (by_) reason += " by uid " + std::to_string(by_->uid) + " (" + (by_->program.empty() ? "" : by_->program + ", ") + "pid " + std::to_string(by_->pid) + ')';
    reason += " replaced this one before it was done";
    for (auto& item : items_) {
        follow(item);
        if (item.outcome.what == What::pending) item.outcome = outcome(What::failed, supervisor_.find(item.worker), reason);
    }
    replaced_ = std::exchange(items_, {});
}

/// A command has taken it away, whether its turn had come or not.
void Reload::removed_meanwhile(std::string_view worker, std::string_view command) {
    for (auto& item : items_)
        if (item.worker == worker && item.outcome.what == What::pending)
            item.outcome = outcome(What::failed, supervisor_.find(worker), std::string(command) + " removed it meanwhile");
}

void Reload::apply(const config::Plan& plan, const config::Config& wanted, control::ReloadWish::Roll roll) {
    replace();
    queue_.clear();
    current_.reset();
    // Also who is not changed: what an earlier reload left to be applied may have been taken back.
    for (const auto& spec : wanted.workers)
        if (Runner* runner = supervisor_.find(spec.name); runner != nullptr && !runner->leaving()) runner->reconfigure(spec);
    items_.reserve(plan.workers.size());
    const auto specs = by_name(wanted);
    for (const auto& one : plan.workers) {
        const auto spec = specs.find(one.name);
        change(one, spec == specs.end() ? nullptr : spec->second, plan, roll);
    }
    order_queue(wanted);
    std::vector<std::string> names;
    names.reserve(wanted.workers.size());
    for (const auto& spec : wanted.workers) names.push_back(spec.name);
    supervisor_.order(names);
    services_.recorder.set_stop_timeout(Supervisor::stop_timeout(wanted.workers));
}

/// Those that others depend on come first.
void Reload::order_queue(const config::Config& wanted) {
    std::unordered_map<std::string_view, std::size_t> place;
    const auto order = config::DependencyGraph(config::pointers_to(wanted.workers)).start_order();
    for (std::size_t i = 0; i < order.size(); ++i) place.emplace(wanted.workers[order[i]].name, i);
    std::stable_sort(queue_.begin(), queue_.end(), [&](std::size_t a, std::size_t b) { return place[items_[a].worker] < place[items_[b].worker]; });
}

void Reload::change(const config::WorkerChange& change, const config::WorkerSpec* wanted, const config::Plan& plan, control::ReloadWish::Roll roll) {
    Item item;
    item.worker = change.name;
    Runner* runner = supervisor_.find(change.name);
    switch (change.what) {
    case config::WorkerChange::What::added:
        runner = &supervisor_.add(*wanted);
        std::erase_if(delayed_, [&](const Delayed& one) { return one.worker == change.name; });
        if (auto after = in_the_way_of(*wanted, plan, item.waits_for); wanted->autostart && !runner->disabled() && !after.empty()) delayed_.push_back({change.name, std::move(after)});
        else if (wanted->autostart && !runner->disabled()) item.wish = runner->ask(control::Verb::start, why());
        else item.outcome = outcome(What::reached, runner);
        break;
    case config::WorkerChange::What::removed:
        if (runner == nullptr) return;
        item.wish = supervisor_.remove(*runner, why());
        break;
    case config::WorkerChange::What::changed: {
        if (runner == nullptr) return;
        using worker::State;
        const State state = runner->worker().state;
        // one that has no process has the new config already; if it is to be up, this is what it may have been waiting for
        const bool waits = runner->worker().goal == worker::Goal::up && (state == State::backoff || state == State::fatal);
        const bool has_old = runner->pid() != 0 || state == State::running;   // a oneshot that is done remains up without a process
        if (!(change.needs_restart() && (has_old || waits))) {
            item.outcome = outcome(What::reached, runner);
            break;
        }
        items_.push_back(std::move(item));
        if (roll == control::ReloadWish::Roll::all_at_once || waits) restart(items_.back());
        else queue_.push_back(items_.size() - 1);
        return;
    }
    }
    items_.push_back(std::move(item));
}

void Reload::restart(Item& item) {
    Runner* runner = supervisor_.find(item.worker);
    if (runner == nullptr || runner->leaving()) item.outcome = outcome(What::failed, runner, "it was removed meanwhile");
    else if (runner->worker().goal == worker::Goal::down) item.outcome = outcome(What::reached, runner);   // stopped meanwhile: stays so
    else item.wish = runner->ask(control::Verb::restart, why());
}

void Reload::follow(Item& item) {
    if (item.outcome.what != What::pending) return;
    const Runner* runner = supervisor_.find(item.worker);
    if (!item.wish) {
        item.outcome = outcome(What::pending, runner, item.waits_for.empty() ? "its restart comes after those of other workers" : item.waits_for);
        return;
    }
    const auto view = runner != nullptr ? std::optional(runner->view()) : std::nullopt;
    item.outcome = control::judge(*item.wish, view ? &*view : nullptr, stamp_now().wall);
}

void Reload::end_of_turn() {
    start_delayed();
    if (items_.empty()) return;
    for (auto& item : items_) follow(item);
    if (current_) {
        const auto& item = items_[*current_];
        const Runner* runner = supervisor_.find(item.worker);
        const bool held_back = runner != nullptr && runner->worker().held_back();   // perhaps by one that comes later
        if (item.outcome.what == What::pending && !held_back) return;
        const bool wanted = runner != nullptr && !runner->leaving();   // else fewer instances were asked for meanwhile
        if (item.outcome.what == What::failed && wanted) give_up(item.worker);
        current_.reset();
    }
    while (!queue_.empty() && !current_) {
        auto& item = items_[queue_.front()];
        if (item.outcome.what == What::pending) restart(item);
        if (item.outcome.what == What::pending) current_ = queue_.front();
        queue_.pop_front();
    }
}

void Reload::give_up(std::string_view failed) {
    if (queue_.empty()) return;
    for (const auto index : queue_) {
        auto& item = items_[index];
        if (item.outcome.what != What::pending) continue;
        item.outcome = outcome(What::failed, supervisor_.find(item.worker),
                               "not restarted, since " + std::string(failed) + " did not come up; it runs on as it was");
    }
    services_.observer.message(Level::error, "reload: " + std::string(failed) + " did not come up with its new config; " +
                                                 std::to_string(queue_.size()) + " more were not restarted");
    queue_.clear();
}

std::optional<control::ReloadProgress> Reload::progress(std::uint64_t number) const {
    if (number == 0 || number > number_ || number + 1 < number_) return std::nullopt;
    return progress_of(number == number_ ? items_ : replaced_);
}

control::ReloadProgress Reload::progress_of(const std::vector<Item>& items) {
    control::ReloadProgress progress;
    progress.done = true;
    for (const auto& item : items) {
        progress.done = progress.done && item.outcome.what != What::pending;
        progress.workers.emplace_back(item.worker, item.outcome);
    }
    return progress;
}

}  // namespace talos::supervisor
