#pragma once
#include <chrono>
#include <cstdint>

namespace talos {

using Millis = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
/// Wall-clock time in ms since the epoch, only for timestamps in documents.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Millis>;

/// One instant on both clocks. Intervals are computed from `steady`; `wall` is only displayed.
struct Stamp {
    SteadyTime steady{};
    WallTime wall{};
    friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// The clocks of the engine and its timers: those of the system, or of a simulation.
class Clock {
public:
    class Source {
    public:
        Source() = default;
        Source(const Source&) = delete;
        Source& operator=(const Source&) = delete;
        virtual ~Source() = default;
        [[nodiscard]] virtual Stamp read() = 0;
    };

    [[nodiscard]] static SteadyTime now() {
        return source_ == nullptr ? std::chrono::steady_clock::now() : source_->read().steady;
    }
    [[nodiscard]] static Stamp stamp() {
        if (source_ != nullptr) return source_->read();
        return {std::chrono::steady_clock::now(), std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now())};
    }
    /// For simulations: the process uses `source` from now on; null: the clocks of the system.
    static void simulate(Source* source) { source_ = source; }

private:
    static inline Source* source_ = nullptr;
};

/// Reads both clocks. Code that makes decisions must not call it; it gets the time as part of an event.
[[nodiscard]] inline Stamp stamp_now() { return Clock::stamp(); }

[[nodiscard]] inline std::int64_t to_ms(WallTime time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline WallTime wall_from_ms(std::int64_t ms) { return WallTime{Millis{ms}}; }
[[nodiscard]] inline Millis elapsed(SteadyTime from, SteadyTime to) { return std::chrono::duration_cast<Millis>(to - from); }

}   // namespace talos
