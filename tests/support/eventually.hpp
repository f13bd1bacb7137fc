#pragma once
#include <chrono>
#include <poll.h>

/// Waits for conditions. Tests never sleep a guessed time.
namespace talos::test {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The default time limit. It is generous, because sanitizers are slow and both cores may be busy.
inline constexpr std::chrono::seconds patience{30};

/// Checks `condition()` every 5 ms. Returns true once it holds, or false after `limit`.
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
