#pragma once
#include "aio/types.hpp"
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace talos::http {

/// Long answers and streams are produced in parts. All connections together get a few milliseconds per turn of the loop; further
/// parts wait for the next turn, first come, first served.
class Turns {
public:
    using Clock = std::chrono::steady_clock;
    explicit Turns(aio::Executor executor, Clock::duration of_a_turn = std::chrono::milliseconds{5})
        : executor_(std::move(executor)), of_a_turn_(of_a_turn) {}
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    /// Whether `who` may produce a part now. If not, `wake` is called in a later turn, after which `who` should call again.
    [[nodiscard]] bool take(const void* who, std::function<void()> wake);
    /// Cancels its wait.
    void leave(const void* who);
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    struct Waiting {
        const void* who;
        std::function<void()> wake;
        bool called;
    };
    [[nodiscard]] std::deque<Waiting>::iterator find(const void* who);
    [[nodiscard]] bool has_time();
    void begin();
    void call_later();

    aio::Executor executor_;
    Clock::duration of_a_turn_;
    std::deque<Waiting> waiting_;
    Clock::time_point begun_{};
    std::size_t taken_ = 0;   // used in this turn
    bool posted_ = false;
    // A handler may still be queued when this object is destroyed.
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::http
