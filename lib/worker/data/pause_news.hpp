#pragma once
#include "core/allowance.hpp"
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace talos::worker {

/// What the history says of a main process that is stopped and continued without a command. A worker can do that to itself without end: a
/// pause is told with its end, or both are counted and told together, once a minute.
class PauseNews {
public:
    explicit PauseNews(SteadyTime now) : allowance_({20, 0.1}, now) {}

    /// It was stopped, or continued. Whether that is told at once.
    [[nodiscard]] bool heard(bool paused, SteadyTime now) {
        if (!paused) return std::exchange(told_paused_, false);
        if (allowance_.take(now)) return told_paused_ = true;
        ++counted_;
        if (!due_) due_ = now + window;
        return false;
    }
    /// A command has done it, which is told in any case.
    void commanded(bool paused) { told_paused_ = paused; }

    /// When what was counted is to be told; nothing: there is none.
    [[nodiscard]] std::optional<SteadyTime> due() const { return due_; }
    /// It is told now, with how the process is: `paused and resumed 1200 more times in the last minute`.
    [[nodiscard]] std::string take(bool paused) {
        told_paused_ = paused;
        due_.reset();
        const auto count = std::exchange(counted_, 0);
        return "paused and resumed " + std::to_string(count) + (count == 1 ? " more time" : " more times") +
               " in the last minute";
    }

private:
    static constexpr std::chrono::minutes window{1};
    Allowance allowance_;
    bool told_paused_ = false;
    std::uint64_t counted_ = 0;
    std::optional<SteadyTime> due_;
};

}   // namespace talos::worker
