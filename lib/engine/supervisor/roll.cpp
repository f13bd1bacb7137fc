#include "engine/supervisor/roll.hpp"

#include "engine/runner/dependency_rules.hpp"
#include "state/state_word.hpp"
#include <algorithm>
#include <unordered_map>

namespace talos::engine {

using What = api::Outcome::What;
using OnFailure = config::Dependency::OnFailure;
using worker::Goal;
using worker::State;

namespace {

std::string runs_on(std::string_view why) { return "not restarted, since " + std::string(why) + "; it runs on as it was"; }

bool has_failed(const worker::Worker& worker) {
    if (worker.is(State::fatal) || worker.is(State::backoff)) return true;
    return worker.is(State::exited) && !worker.ended_well();
}

/// Of the same group, and what it runs or tries to run is the new config.
bool is_changed_sibling(const Runner& other, const Runner& runner) {
    const auto* one = runner.spec().instance.get();
    const auto* two = other.spec().instance.get();
    if (one == nullptr || two == nullptr || one->of != two->of || &other == &runner) return false;
    return !other.leaving() && other.worker().wanted_up() && !other.has_old_config();
}

bool runs_as_before(const Roll::Item& item, const Runner& runner) {
    return runner.attempts() == item.attempts && !goes_down(runner.worker()) && is_there(runner.worker());
}

}   // namespace

api::Outcome outcome_of(What what, const Runner* runner, std::string reason) {
    api::Outcome made;
    made.what = what;
    made.state = runner != nullptr ? std::string(worker::to_text(state::documented_state(runner->worker()))) : "removed";
    made.pid = runner != nullptr ? runner->pid() : 0;
    made.reason = std::move(reason);
    return made;
}

std::vector<Roll::Item> Roll::end(const std::string& reason) {
    for (auto& item : items_) {
        follow(item);
        if (item.outcome.what == What::pending) fail(item, reason);
    }
    queue_.clear();
    current_.reset();
    return std::exchange(items_, {});
}

Roll::Item& Roll::add(Item item) {
    if (const Runner* runner = supervisor_.find(item.worker)) item.attempts = runner->attempts();
    items_.push_back(std::move(item));
    return items_.back();
}

void Roll::enqueue(Item item) {
    add(std::move(item));
    queue_.push_back(items_.size() - 1);
}

void Roll::sort_queue(const std::vector<std::string_view>& order) {
    std::unordered_map<std::string_view, std::size_t> place;
    for (std::size_t i = 0; i < order.size(); ++i) place.emplace(order[i], i);
    std::stable_sort(queue_.begin(), queue_.end(),
                     [&](std::size_t a, std::size_t b) { return place[items_[a].worker] < place[items_[b].worker]; });
}

const Roll::Item* Roll::find(std::string_view worker) const {
    const auto found = std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.worker == worker; });
    return found == items_.end() ? nullptr : &*found;
}

void Roll::fail(Item& item, std::string reason) const {
    item.outcome = outcome_of(What::failed, supervisor_.find(item.worker), std::move(reason));
}

bool Roll::takes(const Runner& runner) {
    for (const auto index : queue_) {
        auto& item = items_[index];
        if (item.outcome.what != What::pending || item.worker != runner.spec().name) continue;
        item.due = true;
        return true;
    }
    return false;
}

std::vector<std::pair<std::string, std::string>> Roll::owed() const {
    std::vector<std::pair<std::string, std::string>> owed;
    for (const auto index : queue_)
        if (const auto& item = items_[index]; item.kind == Kind::affected && item.due && item.outcome.what == What::pending)
            owed.emplace_back(item.worker, item.after);
    return owed;
}

bool Roll::is_due(const Runner& runner) const {
    return std::any_of(queue_.begin(), queue_.end(), [&](std::size_t index) {
        const auto& item = items_[index];
        return item.kind == Kind::change && item.worker == runner.spec().name && item.outcome.what == What::pending;
    });
}

void Roll::restart(Item& item, const Why& why) {
    Runner* runner = supervisor_.find(item.worker);
    if (runner == nullptr || runner->leaving()) fail(item, "it was removed meanwhile");
    else if (!runner->worker().wanted_up()) item.outcome = outcome_of(What::reached, runner);   // stopped meanwhile: stays so
    else item.wish = runner->ask(api::Verb::restart, why);
}

void Roll::start(Item& item, const Why& why) {
    if (Runner* runner = supervisor_.find(item.worker)) item.wish = runner->ask(api::Verb::restart, why);
}

// --- one at a time ------------------------------------------------------------------------------------------------

void Roll::end_of_turn(const Why& why) {
    if (items_.empty()) return;
    const auto queued = queue_.size();
    for (auto& item : items_) follow(item);
    go_on(why);
    if (queue_.size() != queued) services_.touch();   // removed workers may have waited for one of them
}

void Roll::go_on(const Why& why) {
    if (current_) {
        auto& item = items_[*current_];
        const Runner* runner = supervisor_.find(item.worker);
        // Its times stand still: it could hold up the others for ever.
        if (item.outcome.what == What::pending && runner != nullptr && runner->worker().is_paused() &&
            runner->worker().is(State::starting))
            fail(item, "it was stopped by a signal before it was up");
        const bool held_back =
            runner != nullptr && runner->worker().held_back();   // its dependency was lost once its turn had begun
        if (item.outcome.what == What::pending && !held_back) return;
        if (item.outcome.what == What::failed && !leaves(item)) give_up(item.worker);
        current_.reset();
    }
    for (auto brought_forward = queue_.size(); !queue_.empty() && !current_;) {
        const auto place = queue_.front();
        auto& item = items_[place];
        if (item.outcome.what == What::pending && take_turn(item, why) == Turn::waits) {
            // What it waits for may wait for a removed worker, and that one for a worker whose turn is later.
            const auto next = std::find_if(queue_.begin() + 1, queue_.end(), [this](std::size_t later) {
                const Runner* runner = supervisor_.find(items_[later].worker);
                return runner != nullptr && services_.dependencies != nullptr && services_.dependencies->is_in_the_way(*runner);
            });
            if (next == queue_.end() || brought_forward-- == 0) return;
            std::rotate(queue_.begin(), next, next + 1);
            continue;
        }
        if (!queue_.empty()) queue_.pop_front();   // nothing is left of it where it was given up
        follow(item);                              // what was done for it before may be over
        if (item.outcome.what == What::pending) current_ = place;
        else if (item.outcome.what == What::failed && item.wish && !leaves(item)) give_up(item.worker);
    }
}

Roll::Turn Roll::take_turn(Item& item, const Why& why) {
    const Runner* runner = supervisor_.find(item.worker);
    if (runner == nullptr || runner->leaving() || !runner->worker().wanted_up()) {
        restart(item, why);
        return Turn::taken;
    }
    if (item.kind == Kind::restart)
        if (const Item* failed = failed_since()) {
            give_up(failed->worker);
            return Turn::taken;
        }
    const bool again = runner->attempts() != item.attempts;
    const bool begun = item.kind == Kind::change && !runner->has_old_config() && !has_given_up(runner->worker());
    if (again || begun) {   // its dependency, or a crash, was first
        item.wish = runner->next_run(item.attempts);
        return Turn::taken;
    }
    if (item.kind == Kind::affected && !item.due) {
        if (runner->waits_to_be_restarted()) return wait_for_dependency(item, *runner);
        item.outcome = outcome_of(What::reached, runner);   // it has lost nothing
        return Turn::taken;
    }
    if (item.kind == Kind::change)
        if (const auto turn = wait_for_group(item, *runner)) return *turn;
    // What it waits for may itself wait for a removed worker that stops after this one.
    const bool in_the_way = services_.dependencies != nullptr && services_.dependencies->is_in_the_way(*runner);
    if (runner->worker().held && is_there(runner->worker()) && !in_the_way) return wait_for_dependency(item, *runner);
    const std::string reason = item.after + " is back";
    restart(item, item.kind == Kind::affected
                      ? Why{.cause = "dependency", .reason = reason, .reason_code = state::ReasonCode::dependency_back}
                      : why);
    return Turn::taken;
}

/// Nothing: they are all well.
std::optional<Roll::Turn> Roll::wait_for_group(Item& item, const Runner& runner) {
    for (const auto& other : supervisor_.runners()) {
        if (!is_changed_sibling(*other, runner)) continue;
        const auto& worker = other->worker();
        const std::string name = other->spec().name;
        if (has_failed(worker)) {
            fail(item, runs_on(name + " is " + std::string(worker::to_text(worker.state())) + " with the new config"));
            services_.observer.message(turn::Level::error,
                                       std::string(word_) + ": " + item.worker + " was " + item.outcome.reason);
            return Turn::taken;
        }
        if (!worker.is(State::starting) && !worker.is(State::stopping)) continue;
        item.outcome = outcome_of(What::pending, &runner, "its restart comes once " + name + " is up");
        return Turn::waits;
    }
    return std::nullopt;
}

/// It would wait without a process.
Roll::Turn Roll::wait_for_dependency(Item& item, const Runner& runner) {
    const std::string missing = services_.dependencies != nullptr ? services_.dependencies->awaited_by(runner) : std::string();
    if (services_.dependencies != nullptr && services_.dependencies->blocker_of(runner) != nullptr) {
        fail(item, "not restarted: it would wait for " + missing + "; it runs on as it was");
        return Turn::taken;
    }
    item.outcome = outcome_of(What::pending, &runner, "its restart waits for " + missing);
    return Turn::waits;
}

/// One that came up and did not stay so.
const Roll::Item* Roll::failed_since() const {
    const auto found = std::find_if(items_.begin(), items_.end(), [this](const Item& item) {
        const Runner* runner = item.wish && item.outcome.what == What::reached ? supervisor_.find(item.worker) : nullptr;
        return runner != nullptr && !runner->leaving() && runner->worker().wanted_up() && has_failed(runner->worker());
    });
    return found == items_.end() ? nullptr : &*found;
}

/// Fewer instances were asked for meanwhile.
bool Roll::leaves(const Item& item) const {
    const Runner* runner = supervisor_.find(item.worker);
    return runner == nullptr || runner->leaving();
}

void Roll::give_up(std::string_view failed) {
    std::size_t count = 0;
    for (const auto index : queue_) {
        auto& item = items_[index];
        if (item.outcome.what != What::pending) continue;
        const Runner* runner = supervisor_.find(item.worker);
        const bool waits = runner != nullptr && runner->worker().held_back();
        fail(item, waits ? "it waits for what it depends on; " + std::string(failed) + " did not come up"
                         : runs_on(std::string(failed) + " did not come up"));
        ++count;
    }
    queue_.clear();
    if (count == 0) return;
    services_.observer.message(turn::Level::error, std::string(word_) + ": " + std::string(failed) + " did not come up; " +
                                                       std::to_string(count) + " more were not restarted");
}

// --- what has come of it ------------------------------------------------------------------------------------------

void Roll::follow(Item& item) {
    if (item.outcome.what != What::pending) return;
    const Runner* runner = supervisor_.find(item.worker);
    if (item.kind == Kind::affected && fails_with_cause(item, runner)) return;
    if (!item.wish) {
        if (item.kind == Kind::affected) return follow_affected(item, runner);
        item.outcome = outcome_of(What::pending, runner, "its restart comes after those of other workers");
        return;
    }
    const auto view = runner != nullptr ? std::optional(runner->view()) : std::nullopt;
    item.outcome = api::judge(*item.wish, view ? &*view : nullptr, stamp_now().wall);
    const bool told = item.kind == Kind::affected && item.outcome.what == What::reached && item.outcome.reason.empty();
    if (told) item.outcome.reason = "restarted after " + item.after;
}

bool Roll::fails_with_cause(Item& item, const Runner* runner) {
    const Item* cause = find(item.after);
    if (runner == nullptr || cause == nullptr || cause->outcome.what != What::failed) return false;
    if (runs_as_before(item, *runner)) fail(item, runs_on(item.after + " did not come up"));
    else if (runner->worker().held_back()) fail(item, "it waits for " + item.after + ", which did not come up");
    return item.outcome.what == What::failed;
}

/// As long as nothing was asked of it by us: it may go down, and come back, with its dependency.
void Roll::follow_affected(Item& item, const Runner* runner) {
    if (runner == nullptr || runner->leaving()) return fail(item, "it was removed meanwhile");
    if (!runner->worker().wanted_up()) {
        item.outcome = outcome_of(What::reached, runner);
        return;
    }
    const Item* cause = find(item.after);
    const bool untouched = runs_as_before(item, *runner);
    const bool queued = std::any_of(queue_.begin(), queue_.end(), [&](auto index) { return &items_[index] == &item; });
    const bool open = queued || (cause != nullptr && cause->outcome.what == What::pending) || runner->waits_to_be_restarted();
    if (untouched && open) {
        const std::string words = item.how == OnFailure::stop ? "it is stopped with " : "its restart comes after that of ";
        item.outcome = outcome_of(What::pending, runner, words + item.after);
    } else if (untouched) {
        item.outcome = outcome_of(What::reached, runner);   // it has lost nothing
    } else {
        item.wish = runner->next_run(item.attempts);
        follow(item);
    }
}

api::ReloadProgress Roll::progress_of(const std::vector<Item>& items) {
    api::ReloadProgress progress;
    progress.done = true;
    for (const auto& item : items) {
        progress.done = progress.done && item.outcome.what != What::pending;
        progress.workers.emplace_back(item.worker, item.outcome);
    }
    return progress;
}

}   // namespace talos::engine
