// core: Values that every room uses: results, durations, sizes, times, text, patterns, signal names.
// This room knows nothing of files, processes or workers.
// Begin with result.hpp and time.hpp.
#pragma once
#include "core/time.hpp"
#include <algorithm>
#include <chrono>

namespace talos {

/// A token bucket: allows a burst of `at_once` events, and `per_second` events a second after that. It limits how much work or
/// output others can cause in talosd.
class Allowance {
public:
    struct Rate {
        double at_once;
        double per_second;
    };

    /// Starts with a full bucket.
    Allowance(Rate rate, SteadyTime now) : rate_(rate), left_(rate.at_once), at_(now) {}

    /// Takes one token. Returns false if none is available.
    [[nodiscard]] bool take(SteadyTime now) {
        refill(now);
        if (left_ < 1) return false;
        left_ -= 1;
        return true;
    }
    /// Takes `count` tokens, even if fewer are available. The next token is available after at most `longest` seconds.
    void spend(double count, double longest, SteadyTime now) {
        refill(now);
        left_ = std::max(left_ - count, 1 - longest * rate_.per_second);
    }
    /// The time at which the next token is available; SteadyTime::min() if one is available now.
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
