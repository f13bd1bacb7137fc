#include "worker/machine/pausing.hpp"

#include "worker/machine/moves.hpp"
#include <algorithm>
#include <utility>

namespace talos::worker {

namespace {

constexpr Millis no_timer{-1};

bool may_pause(const Worker& worker) {
    return worker.main_alive && (worker.state == State::starting || worker.state == State::running);
}

/// What is left of the time of the timer waits for the end of the pause.
Worker hold_timer(Worker worker, Stamp at) {
    worker.paused = true;
    if (worker.timer_due != SteadyTime{}) worker.timer_left = std::max(Millis{0}, elapsed(at.steady, worker.timer_due));
    worker.timer_due = {};
    ++worker.epoch;   // the timer that runs is late from here on
    return worker;
}

Actions release_timer(Worker& worker) {
    worker.paused = false;
    const Millis left = std::exchange(worker.timer_left, no_timer);
    return left >= Millis{0} ? Actions{ArmTimer{left}} : Actions{};
}

}   // namespace

bool changes_pause(const Worker& worker, bool stopped) { return worker.paused ? !stopped : stopped && may_pause(worker); }

/// Asked again, it stops what was started or continued meanwhile.
Transition on_pause_asked(Worker worker, Stamp at) {
    if (!may_pause(worker)) return stay(std::move(worker));
    auto paused = on_paused(std::move(worker), at);   // nothing can refuse SIGSTOP
    paused.actions.emplace_back(PauseTree{});
    return paused;
}

Transition on_resume_asked(Worker worker) {
    if (!may_pause(worker)) return stay(std::move(worker));
    auto resumed = worker.paused ? on_resumed(std::move(worker)) : stay(std::move(worker));
    resumed.actions.insert(resumed.actions.begin(), ResumeTree{});
    return resumed;
}

Transition on_paused(Worker worker, Stamp at) {
    if (worker.paused || !may_pause(worker)) return stay(std::move(worker));
    return stay(hold_timer(std::move(worker), at));
}

Transition on_resumed(Worker worker) {
    if (!worker.paused) return stay(std::move(worker));
    auto actions = release_timer(worker);
    return stay(std::move(worker), std::move(actions));
}

void keep_time(const Worker& before, const Event& event, Transition& transition) {
    auto& [worker, actions] = transition;
    const auto armed = std::find_if(actions.begin(), actions.end(),
                                    [](const Action& action) { return std::holds_alternative<ArmTimer>(action); });
    if (worker.epoch != before.epoch) worker.timer_due = {};
    if (worker.state != before.state) worker.timer_left = no_timer;
    if (worker.paused && !may_pause(worker)) {
        worker.paused = false;
        worker.timer_left = no_timer;
        if (armed != actions.end()) worker.timer_due = at(event).steady + std::get<ArmTimer>(*armed).after;
        if (worker.main_alive) actions.insert(actions.begin(), ResumeTree{});
        return;
    }
    if (armed == actions.end()) return;
    const Millis after = std::get<ArmTimer>(*armed).after;
    if (!worker.paused) {
        worker.timer_due = at(event).steady + after;
        return;
    }
    worker.timer_left = after;
    actions.erase(armed);
}

}   // namespace talos::worker
