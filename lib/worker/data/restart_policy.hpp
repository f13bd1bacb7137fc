#pragma once
#include "config/model/model.hpp"
#include <algorithm>
#include <cstdint>

namespace talos::worker {

/// A failed spawn waits at least this, whatever `delay` says: a missing program must not be looked for in a loop.
inline constexpr Millis spawn_retry_floor{100};

/// How long failure number `failures` (from 1) waits before jitter: delay * factor^(failures-1), at most max_delay.
[[nodiscard]] constexpr Millis delay(const config::RestartSpec& policy, std::uint32_t failures) {
    if (failures == 0 || policy.delay.count() == 0) return Millis{0};
    const double most = static_cast<double>(policy.max_delay.count());
    double wait = static_cast<double>(policy.delay.count());
    double power = policy.factor;   // squared from bit to bit: a factor just above 1 must not take a step per failure
    for (std::uint32_t left = failures - 1; left > 0 && wait < most; left >>= 1) {
        power = std::min(power, most);   // past the cap all powers are alike, and none may overflow
        if ((left & 1u) != 0) wait *= power;
        power *= power;
    }
    return Millis{static_cast<Millis::rep>(std::min(wait, most) + 0.5)};
}

/// The same spread by ± jitter: `roll` in [0, 1) is the caller's random number; never over max_delay.
[[nodiscard]] constexpr Millis delay(const config::RestartSpec& policy, std::uint32_t failures, double roll) {
    const double base = static_cast<double>(delay(policy, failures).count());
    const double spread = base * (1.0 + policy.jitter * (2.0 * roll - 1.0));
    return Millis{static_cast<Millis::rep>(std::min(spread, static_cast<double>(policy.max_delay.count())) + 0.5)};
}

/// Advances `state` and returns a number in [0, 1) (splitmix64, Steele et al., OOPSLA 2014).
[[nodiscard]] constexpr double roll(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1.0p-53;
}

}   // namespace talos::worker
