#pragma once
#include "aio/types.hpp"
#include "core/time.hpp"
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace talos::aio {

/// A timer of the loop that goes by Clock. One wait at a time. The end of this object, cancel() and a new time end the wait; then its handler is
/// called with operation_aborted, unless it is already on its way.
class Timer {
public:
    /// Never called from within async_wait(), cancel() or the destructor.
    using Handler = std::function<void(const boost::system::error_code&)>;

    /// The timers of a simulation, which has a clock of its own.
    class Source {
    public:
        Source() = default;
        Source(const Source&) = delete;
        Source& operator=(const Source&) = delete;
        virtual ~Source() = default;
        /// The number of this wait, which is never 0.
        [[nodiscard]] virtual std::uint64_t wait(SteadyTime due, Handler handler) = 0;
        /// Nothing where that wait is over.
        virtual void cancel(std::uint64_t wait) = 0;
    };

    explicit Timer(const Executor& executor) : timer_(executor) {}
    Timer(Timer&& other) noexcept : timer_(std::move(other.timer_)), simulated_(std::exchange(other.simulated_, 0)) {}
    Timer& operator=(Timer&&) = delete;
    ~Timer();

    void expires_after(SteadyTime::duration time) { expires_at(Clock::now() + time); }
    void expires_at(SteadyTime due);
    void async_wait(Handler handler);
    void cancel();

    /// For simulations: timers that are made from here on are those of `source`; null: those of the system again.
    static void simulate(Source* source) { source_ = source; }

private:
    static inline Source* source_ = nullptr;
    AwaitableTimer timer_;
    std::uint64_t simulated_ = 0;   // the wait in a simulation
};

}   // namespace talos::aio
