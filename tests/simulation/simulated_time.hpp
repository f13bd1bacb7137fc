#pragma once
#include "aio/timer.hpp"
#include "core/time.hpp"
#include "simulation/faults.hpp"
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace talos::simulation {

/// The clocks and timers of a simulation. One at a time: it is those of the process while it is there.
class SimulatedTime final : public Clock::Source, public aio::Timer::Source {
public:
    /// `tick`: what a reading of the clock takes.
    SimulatedTime(aio::Executor executor, SteadyTime::duration tick, Fault fault);
    ~SimulatedTime() override;

    [[nodiscard]] Stamp read() override;
    [[nodiscard]] std::uint64_t wait(SteadyTime due, aio::Timer::Handler handler) override;
    void cancel(std::uint64_t wait) override;

    [[nodiscard]] SteadyTime now() const { return now_; }
    [[nodiscard]] std::optional<SteadyTime> next_due() const;
    /// Timers that are due fire in the next turns of the loop.
    void advance_to(SteadyTime at);
    /// The wall clock is set.
    void step_wall(Millis by) { wall_offset_ += by; }

private:
    using Key = std::pair<SteadyTime, std::uint64_t>;
    void fire_due();

    aio::Executor executor_;
    SteadyTime::duration tick_;
    Fault fault_;
    SteadyTime now_;
    Millis wall_offset_{1'700'000'000'000};
    std::map<Key, aio::Timer::Handler> waits_;
    std::unordered_map<std::uint64_t, SteadyTime> due_;
    std::uint64_t last_ = 0;
};

}   // namespace talos::simulation
