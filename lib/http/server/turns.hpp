#pragma once
#include "aio/types.hpp"
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace talos::http {

/// Long answers and streams are made in parts. All connections together do parts for a few milliseconds in one turn of the loop; those that come
/// later wait for the next turn, first come, first served.
class Turns {
public:
    using Clock = std::chrono::steady_clock;
    explicit Turns(aio::Executor executor, Clock::duration of_a_turn = std::chrono::milliseconds{5})
        : executor_(std::move(executor)), of_a_turn_(of_a_turn) {}
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    /// Whether `who` may do a part now. If not, `wake` is called in a later turn, when it is to be asked again.
    [[nodiscard]] bool take(const void* who, std::function<void()> wake);
    /// It no longer wants to.
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
    std::size_t taken_ = 0;   // in this turn
    bool posted_ = false;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a handler may be queued when we are destroyed
};

}   // namespace talos::http
