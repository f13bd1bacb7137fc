// core: Values that every room uses: results, durations, sizes, times, text, patterns, names of signals.
// They know no file, no process and no worker.
// Begin with result.hpp and time.hpp.
#pragma once
#include "core/time.hpp"
#include <algorithm>
#include <chrono>

namespace talos {

/// How often something may happen: so many times at once, and so many more a second. It bounds what others can make talosd do or write.
class Allowance {
public:
    struct Rate {
        double at_once;
        double per_second;
    };

    /// All of it is there.
    Allowance(Rate rate, SteadyTime now) : rate_(rate), left_(rate.at_once), at_(now) {}

    /// Takes one. False when none is left.
    [[nodiscard]] bool take(SteadyTime now) {
        refill(now);
        if (left_ < 1) return false;
        left_ -= 1;
        return true;
    }
    /// Takes so many, more than there are if need be. `longest`: the next one is there after this many seconds at the latest.
    void spend(double count, double longest, SteadyTime now) {
        refill(now);
        left_ = std::max(left_ - count, 1 - longest * rate_.per_second);
    }
    /// When the next one is there; the clock's beginning: now.
    [[nodiscard]] SteadyTime next(SteadyTime now) {
        refill(now);
        const std::chrono::duration<double> missing{(1 - left_) / rate_.per_second};
        return left_ >= 1 ? SteadyTime::min() : at_ + std::chrono::ceil<SteadyTime::duration>(missing);
    }

private:
    void refill(SteadyTime now) {
        left_ = std::min(rate_.at_once, left_ + std::chrono::duration<double>(now - at_).count() * rate_.per_second);
        at_ = now;
    }

    Rate rate_;
    double left_;
    SteadyTime at_;
};

}   // namespace talos
