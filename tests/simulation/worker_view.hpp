#pragma once
#include "config/model/model.hpp"
#include "engine/runner/runner.hpp"
#include "worker/data/stop_plan.hpp"
#include <algorithm>
#include <string>

/// What the rules read of a worker. All that they know of its data is here.
namespace talos::simulation {

[[nodiscard]] inline worker::State state_of(const engine::Runner& runner) { return runner.worker().state(); }
[[nodiscard]] inline SteadyTime since(const engine::Runner& runner) { return runner.worker().since.steady; }
[[nodiscard]] inline bool main_lives(const engine::Runner& runner) { return runner.worker().has_main(); }
[[nodiscard]] inline bool is_paused(const engine::Runner& runner) { return runner.worker().is_paused(); }
[[nodiscard]] inline bool is_deferred(const engine::Runner& runner) { return runner.worker().leaves_later(); }
[[nodiscard]] inline bool wanted_up(const engine::Runner& runner) { return runner.worker().wanted_up(); }
/// At work for as long as it likes.
[[nodiscard]] inline bool is_working_oneshot(const engine::Runner& runner) {
    return runner.spec().kind == config::WorkerKind::oneshot && main_lives(runner);
}
[[nodiscard]] inline bool goes_down(const engine::Runner& runner) {
    return state_of(runner) == worker::State::stopping || is_deferred(runner) || !wanted_up(runner);
}
/// Of the worker itself, or of all that are made of its pattern.
[[nodiscard]] inline std::string family_of(const config::WorkerSpec& spec) {
    const auto* instance = spec.instance.get();
    return instance != nullptr ? instance->of : spec.name;
}

/// How long a worker may be in its states at most, by one config or several.
struct Limits {
    Millis starting{0};
    Millis stopping{0};
    Millis backoff{0};

    void add(const config::WorkerSpec& spec) {
        using config::Hook;
        const auto* ready = spec.ready.get();
        const auto plan = worker::plan_length(spec.stop);
        constexpr Millis exec{500};
        constexpr Millis retry{100};
        starting = std::max(starting, worker::hook_timeout(spec, Hook::pre_start) + exec +
                                          std::max(spec.start_time, ready != nullptr ? ready->timeout : Millis{0}));
        stopping = std::max(stopping, 2 * plan + worker::stop_hooks_length(spec));   // twice: a notice has the time of the plan
        backoff = std::max(backoff, std::max(spec.restart.max_delay, retry) + plan + worker::hook_timeout(spec, Hook::post_stop));
    }
};

}   // namespace talos::simulation
