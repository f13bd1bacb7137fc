#pragma once
#include "config/model.hpp"
#include <csignal>

namespace talos::worker {

/// The configured steps, then SIGKILL, for ever: the kernel owes us that one.
[[nodiscard]] inline int stop_signal(const config::WorkerSpec& spec, std::size_t step) {
    return step < spec.stop.size() ? spec.stop[step].signal : SIGKILL;
}

/// From the first signal to SIGKILL.
[[nodiscard]] inline Millis plan_length(const std::vector<config::StopStep>& steps) {
    Millis sum{0};
    for (const auto& step : steps) sum += step.wait;
    return sum;
}

}  // namespace talos::worker
