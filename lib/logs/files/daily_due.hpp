#pragma once
#include "logs/files/log_series.hpp"
#include <algorithm>
#include <ctime>

namespace talos::logs {

/// The time at which a daily rotation is due: the first local midnight after the last write. Uses the wall clock, which may jump
/// in either direction.
class DailyDue {
public:
    /// `written`: the time of the last write, or `now` for an empty file. A time after `now` comes from a clock that was ahead.
    void set(std::time_t now, std::time_t written) {
        set_at_ = now;
        due_ = next_midnight(std::min(now, written));
    }
    /// True if the clock was set back since set(). The computed time can then be years away.
    [[nodiscard]] bool outdated(std::time_t now) const { return now < set_at_; }
    [[nodiscard]] bool passed(std::time_t now) const { return now >= due_; }

private:
    std::time_t set_at_ = 0;
    std::time_t due_ = 0;
};

}   // namespace talos::logs
