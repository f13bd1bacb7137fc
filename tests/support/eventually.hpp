#pragma once
#include <chrono>
#include <poll.h>

/// Waiting for conditions: nothing in these tests sleeps a guessed time.
namespace talos::test {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// What everything here is given: generous, since sanitizers are slow and both cores may be busy.
inline constexpr std::chrono::seconds patience{30};

/// True as soon as `condition()` holds; it is asked every 5 ms. False once the patience has run out.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition, std::chrono::milliseconds limit = patience) {
    const auto deadline = Clock::now() + limit;
    while (!condition()) {
        if (Clock::now() >= deadline) return condition();
        ::poll(nullptr, 0, 5);
    }
    return true;
}

}   // namespace talos::test
