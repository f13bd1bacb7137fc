#pragma once
#include "core/time.hpp"
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>

namespace talos::worker {

/// How often something failed in the last hour, to the minute: as many numbers as an hour has minutes, however often it fails.
class RecentFailures {
public:
    void add(SteadyTime now) {
        forget(minute_of(now));
        auto& count = minutes_[index_of(newest_)];
        if (count < std::numeric_limits<std::uint16_t>::max()) ++count;
    }

    [[nodiscard]] std::uint32_t in_last_hour(SteadyTime now) const {
        RecentFailures then = *this;
        then.forget(minute_of(now));
        std::uint32_t sum = 0;
        for (const auto count : then.minutes_) sum += count;
        return sum;
    }

private:
    static constexpr std::int64_t hour = 60;
    static std::int64_t minute_of(SteadyTime at) {
        return std::chrono::duration_cast<std::chrono::minutes>(at.time_since_epoch()).count();
    }
    static std::size_t index_of(std::int64_t minute) { return static_cast<std::size_t>(minute % hour); }

    /// Makes `minute` the newest one.
    void forget(std::int64_t minute) {
        for (auto next = std::max(newest_ + 1, minute - hour + 1); next <= minute; ++next) minutes_[index_of(next)] = 0;
        newest_ = std::max(newest_, minute);
    }

    std::array<std::uint16_t, hour> minutes_{};
    std::int64_t newest_ = 0;
};

}   // namespace talos::worker
