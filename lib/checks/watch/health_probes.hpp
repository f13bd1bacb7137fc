// checks/watch: What readiness and health make of probes, messages, descriptors and output.
// One object watches one run.
// Begin with ready_watch.hpp and health_watch.hpp.
#pragma once
#include "aio/types.hpp"
#include "checks/probes/probe_schedule.hpp"
#include "checks/watch/health_watch.hpp"
#include <cstdint>
#include <utility>

namespace talos::checks {

/// When the first look comes: anywhere in the interval. `roll` in [0, 1) is the caller's random number.
[[nodiscard]] constexpr Millis first_pause(Millis interval, double roll) {
    return Millis{static_cast<Millis::rep>(static_cast<double>(interval.count()) * roll)};
}

/// How long after a look that took `took` the next one comes: an interval, give or take a tenth, from its beginning on; at once when
/// that is past.
[[nodiscard]] constexpr Millis next_pause(Millis interval, Millis took, double roll) {
    const Millis apart{static_cast<Millis::rep>(static_cast<double>(interval.count()) * (0.9 + 0.2 * roll))};
    return took < apart ? apart - took : Millis{0};
}

/// Probes repeatedly, one probe at a time. The times of different workers drift apart.
class HealthProbes final : public HealthWatch {
public:
    HealthProbes(const aio::Executor& executor, MakeProbe make, std::uint64_t seed, const config::HealthSpec& spec,
                 Callbacks callbacks)
        : HealthWatch(spec, std::move(callbacks)),
          schedule_(executor, std::move(make), [this](const Result<>& result) { looked(result); }), random_(seed) {}

private:
    void watch() override;
    void stop() override { schedule_.stop(); }
    void look_after(Millis pause);
    void looked(const Result<>& result);

    ProbeSchedule schedule_;
    std::uint64_t random_;
    SteadyTime look_at_{};   // when the look that is awaited or under way was to begin
};

}   // namespace talos::checks
