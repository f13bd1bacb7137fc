#include "engine/supervisor/supervisor.hpp"
#include "state/state_word.hpp"
#include "turn/recorder.hpp"
#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

/// Who is supervised: workers come and go with the config.
namespace talos::engine {

using worker::State;

Runner* Supervisor::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

/// Held until it is known what of its needs is there: before that it may be asked to start.
Runner& Supervisor::add(config::WorkerSpec spec) {
    auto& runner = add_runner(std::move(spec));
    if (runner.spec().depends_on.get() != nullptr) runner.handle(worker::Held{stamp_now()});
    return runner;
}

Runner& Supervisor::add_runner(config::WorkerSpec spec) {
    if (Runner* known = find(spec.name)) {
        known->set_leaving(false);
        forget_successions(*known);
        services_.dependencies_changed = true;
        leave_causes_.erase(known);
        known->reconfigure(spec);
        return *known;
    }
    const auto used = former_.find(spec.name);
    return make(std::move(spec), used != former_.end() ? used->second : next_index_++);
}

Runner& Supervisor::make(config::WorkerSpec spec, std::size_t index) {
    services_.observer.named(index, spec.name);
    // one draw for all: jitter needs no more than different seeds
    constexpr std::uint64_t apart = 0x9e3779b97f4a7c15u;
    seed_ += apart;
    runners_.push_back(std::make_unique<Runner>(services_, index, std::move(spec), seed_));
    by_name_.insert_or_assign(runners_.back()->spec().name, runners_.back().get());
    services_.dependencies_changed = true;
    services_.recorder.changed();
    return *runners_.back();
}

void Supervisor::start_after(Runner& added, const Runner& removed, std::string shared) {
    changes_.successions.push_back({&added, &removed, std::move(shared)});
    services_.dependencies_changed = true;
    added.handle(worker::Held{stamp_now()});
}

void Supervisor::forget_successions(const Runner& runner) {
    std::erase_if(changes_.successions, [&](const Succession& one) { return one.added == &runner || one.removed == &runner; });
}

api::PendingCommand Supervisor::remove(Runner& runner, const Why& why) {
    runner.set_leaving(true);
    services_.dependencies_changed = true;
    leave_causes_.insert_or_assign(&runner, why.cause);
    return runner.ask(api::Verb::stop, why);
}

void Supervisor::order(const std::vector<std::string>& names) {
    std::unordered_map<std::string_view, std::size_t> place;
    for (std::size_t i = 0; i < names.size(); ++i) place.emplace(names[i], i);
    const auto rank = [&](const std::unique_ptr<Runner>& runner) {
        const auto found = place.find(runner->spec().name);
        return found == place.end() ? names.size() : found->second;
    };
    std::stable_sort(runners_.begin(), runners_.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    services_.recorder.changed();
}

/// Only here, at the end of a turn: nobody on the stack has one of them in hand.
void Supervisor::let_go() {
    if (leave_causes_.empty()) return;
    const auto gone = std::erase_if(runners_, [this](const auto& runner) {
        if (!runner->can_go()) return false;
        const auto cause = leave_causes_.extract(runner.get());
        std::erase(services_.held_back, runner.get());
        runner->finish_output();
        runner->forget_process();
        by_name_.erase(runner->spec().name);
        questions_.erase(runner.get());
        forget_successions(*runner);
        former_.emplace(runner->spec().name, runner->index());
        services_.recorder.removed(runner->spec().name, state::documented_state(runner->worker()),
                                   cause ? cause.mapped() : "reload");
        return true;
    });
    if (gone == 0) return;
    services_.dependencies_changed = true;
    look_at_dependencies();   // now: nobody may be asked about one that is gone
    let_go();                 // that may have been what others waited for
}

void Supervisor::look_at_dependencies() {
    if (std::exchange(services_.dependencies_changed, false)) {
        const bool some = !changes_.successions.empty() || std::any_of(runners_.begin(), runners_.end(), [](const auto& runner) {
            return runner->spec().depends_on.get() != nullptr;
        });
        if (some && !dependencies_) dependencies_ = std::make_unique<Dependencies>(services_, changes_);
        services_.dependencies = dependencies_.get();
        if (dependencies_) dependencies_->rebuild(runners_);
    }
    const auto asked_up = std::exchange(services_.asked_up, {});
    const auto held_back = std::exchange(services_.held_back, {});
    if (!dependencies_) return;
    dependencies_->pull_in(asked_up);
    dependencies_->settle();
    for (const auto* runner : held_back) runner->tell_waiting();
    if (!dependencies_->empty()) return;
    services_.dependencies = nullptr;
    dependencies_.reset();
}

std::string Supervisor::summary() const {
    std::map<State, std::size_t> counts;
    for (const auto& runner : runners_) ++counts[state::documented_state(runner->worker())];
    std::string text = std::to_string(counts[State::running]) + " of " + std::to_string(runners_.size()) +
                       (runners_.size() == 1 ? " worker running" : " workers running");
    for (const auto& [state, count] : counts)
        if (state != State::running) text.append(", ").append(std::to_string(count)).append(" ").append(worker::to_text(state));
    return text;
}

}   // namespace talos::engine
