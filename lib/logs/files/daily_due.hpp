#pragma once
#include "logs/files/log_series.hpp"
#include <algorithm>
#include <ctime>

namespace talos::logs {

/// When a file that is rotated daily is due: at the first local midnight after it was written last. Times are those of the wall clock,
/// which can be set to any time at any moment.
class DailyDue {
public:
    /// `written`: when the file was written last; `now` for an empty one. A time after `now` is from a clock that was ahead.
    void set(std::time_t now, std::time_t written) {
        set_at_ = now;
        due_ = next_midnight(std::min(now, written));
    }
    /// The clock was set back since: a due time that was computed before can be years away.
    [[nodiscard]] bool outdated(std::time_t now) const { return now < set_at_; }
    [[nodiscard]] bool passed(std::time_t now) const { return now >= due_; }

private:
    std::time_t set_at_ = 0;
    std::time_t due_ = 0;
};

}   // namespace talos::logs
