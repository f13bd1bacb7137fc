#include "worker/machine/pausing.hpp"

#include "worker/data/parts.hpp"
#include "worker/machine/moves.hpp"
#include <algorithm>
#include <utility>

namespace talos::worker {

using namespace states;

bool changes_pause(const Worker& worker, bool stopped) { return worker.is_paused() ? !stopped : stopped && worker.main_is_up(); }

/// Asked again, it stops what was started or continued meanwhile.
Transition on_pause_asked(Worker worker, Stamp at) {
    if (!worker.main_is_up()) return stay(std::move(worker));
    auto paused = on_paused(std::move(worker), at);   // nothing can refuse SIGSTOP
    paused.actions.emplace_back(PauseTree{});
    return paused;
}

Transition on_resume_asked(Worker worker) {
    if (!worker.main_is_up()) return stay(std::move(worker));
    auto resumed = on_resumed(std::move(worker));
    resumed.actions.insert(resumed.actions.begin(), ResumeTree{});
    return resumed;
}

/// What is left of the time of the timer waits for the end of the pause.
Transition on_paused(Worker worker, Stamp at) {
    auto* clock = clock_of(worker);
    if (clock == nullptr || worker.is_paused()) return stay(std::move(worker));
    const auto* timer = std::get_if<TimerRuns>(clock);
    if (timer != nullptr) *clock = PausedTimer{std::max(Millis{0}, elapsed(at.steady, timer->due))};
    else *clock = states::Paused{};
    ++worker.epoch;   // the timer that runs is late from here on
    return stay(std::move(worker));
}

Transition on_resumed(Worker worker) {
    if (!worker.is_paused()) return stay(std::move(worker));
    auto* clock = clock_of(worker);
    const auto* timer = std::get_if<PausedTimer>(clock);
    auto actions = timer != nullptr ? Actions{ArmTimer{timer->left}} : Actions{};
    *clock = NoTimer{};
    return stay(std::move(worker), std::move(actions));
}

void keep_time(const Worker& before, const Event& event, Transition& transition) {
    auto& [worker, actions] = transition;
    auto* clock = clock_of(worker);
    if (clock == nullptr) {
        if (before.is_paused() && worker.has_main()) actions.insert(actions.begin(), ResumeTree{});
        return;
    }
    if (worker.epoch != before.epoch && std::holds_alternative<TimerRuns>(*clock)) *clock = NoTimer{};
    const auto armed = std::find_if(actions.begin(), actions.end(),
                                    [](const Action& action) { return std::holds_alternative<ArmTimer>(action); });
    if (armed == actions.end()) return;
    const Millis after = std::get<ArmTimer>(*armed).after;
    if (!worker.is_paused()) {
        *clock = TimerRuns{at(event).steady + after};
        return;
    }
    *clock = PausedTimer{after};
    actions.erase(armed);
}

}   // namespace talos::worker
