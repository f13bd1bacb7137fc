#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

/// Random sequences that can be repeated (by their seed) and cut down to what still fails.
namespace talos::test {

/// $TALOS_SEED, else another one each time.
[[nodiscard]] inline std::uint64_t seed_of_this_run() {
    if (const char* given = std::getenv("TALOS_SEED"); given != nullptr && *given != '\0') return std::stoull(given);
    return std::random_device{}();
}

/// The same numbers with every standard library, unlike <random>'s distributions.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    [[nodiscard]] std::uint32_t number() { return static_cast<std::uint32_t>(engine_() >> 32); }
    /// From 0 to below `count`.
    [[nodiscard]] std::size_t below(std::size_t count) { return number() % count; }
    [[nodiscard]] bool one_in(std::size_t count) { return below(count) == 0; }
    template <class T>
    [[nodiscard]] const T& of(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }

private:
    std::mt19937_64 engine_;
};

/// Leaves out whatever is not needed for `fails(steps)` to stay true: large pieces first, then single steps, until none can go. A step
/// must mean the same without those before it, or nothing. `most` bounds the number of attempts.
template <class Step, class Fails>
[[nodiscard]] std::vector<Step> shrink(std::vector<Step> steps, const Fails& fails, std::size_t most = 100'000) {
    for (std::size_t piece = steps.size() / 2; piece > 0;) {
        bool shorter = false;
        for (std::size_t at = 0; at < steps.size() && most > 0;) {
            auto fewer = steps;
            const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            fewer.erase(first, first + static_cast<std::ptrdiff_t>(std::min(piece, steps.size() - at)));
            --most;
            if (fails(fewer)) {
                steps = std::move(fewer);
                shorter = true;
            } else {
                at += piece;
            }
        }
        if (most == 0) break;
        if (piece > 1) piece /= 2;
        else if (!shorter) break;
    }
    return steps;
}

}   // namespace talos::test
