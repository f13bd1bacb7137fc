#pragma once
#include "core/time.hpp"
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace talos::simulation {

/// Random numbers from a seed, cheap to begin anew (splitmix64, Steele et al., OOPSLA 2014).
class Rolls {
public:
    explicit Rolls(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t number() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
        return mixed ^ (mixed >> 31);
    }
    /// From 0 to below `count`.
    [[nodiscard]] std::size_t below(std::size_t count) { return static_cast<std::size_t>(number() % count); }
    [[nodiscard]] bool one_in(std::size_t count) { return below(count) == 0; }
    /// Up to `most`; small ones are as likely as large ones.
    [[nodiscard]] Millis time(Millis most) {
        const auto scale = most.count() >> (2 * below(4));
        return Millis{static_cast<Millis::rep>(below(static_cast<std::size_t>(scale) + 1))};
    }

private:
    std::uint64_t state_;
};

/// A seed of its own for each name and number: what others do has no effect on it.
[[nodiscard]] constexpr std::uint64_t seed_of(std::uint64_t seed, std::string_view name, std::uint64_t number) {
    std::uint64_t hash = seed ^ 0xcbf29ce484222325u;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return hash ^ (number * 0xd6e8feb86659fd93u);
}

}   // namespace talos::simulation
