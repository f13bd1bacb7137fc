#pragma once
#include "config/model/model.hpp"
#include <csignal>
#include <span>

namespace talos::worker {

/// The configured steps, then SIGKILL, for ever: the kernel owes us that one.
[[nodiscard]] inline int stop_signal(const config::WorkerSpec& spec, std::size_t step) {
    return step < spec.stop.size() ? spec.stop[step].signal : SIGKILL;
}

/// From the first signal to SIGKILL.
[[nodiscard]] inline Millis plan_length(std::span<const config::StopStep> steps) {
    Millis sum{0};
    for (const auto& step : steps) sum += step.wait;
    return sum;
}

/// How long a hook may take; nothing where the config has none.
[[nodiscard]] inline Millis hook_timeout(const config::WorkerSpec& spec, config::Hook which) {
    const auto* hook = config::find_hook(spec, which);
    return hook != nullptr ? hook->timeout : Millis{0};
}

/// What the hooks of a stop may take beside its plan.
[[nodiscard]] inline Millis stop_hooks_length(const config::WorkerSpec& spec) {
    return hook_timeout(spec, config::Hook::pre_stop) + hook_timeout(spec, config::Hook::post_stop);
}

}   // namespace talos::worker
