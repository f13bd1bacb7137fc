#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

/// Random sequences of steps that a seed reproduces, and their reduction to the steps that still fail.
namespace talos::test {

/// $TALOS_SEED, otherwise a random number.
[[nodiscard]] inline std::uint64_t seed_of_this_run() {
    if (const char* given = std::getenv("TALOS_SEED"); given != nullptr && *given != '\0') return std::stoull(given);
    return std::random_device{}();
}

/// Generates the same numbers with every standard library, unlike the distributions of <random>.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    [[nodiscard]] std::uint32_t number() { return static_cast<std::uint32_t>(engine_() >> 32); }
    /// A number from 0 to `count` - 1.
    [[nodiscard]] std::size_t below(std::size_t count) { return number() % count; }
    [[nodiscard]] bool one_in(std::size_t count) { return below(count) == 0; }
    template <class T>
    [[nodiscard]] const T& of(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }

private:
    std::mt19937_64 engine_;
};

/// Removes all steps that are not needed for `fails(steps)` to return true: first large pieces, then single steps. Without the
/// steps before it, a step must have the same effect or none. `most` limits the number of attempts.
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
