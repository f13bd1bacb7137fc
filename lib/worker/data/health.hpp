#pragma once
#include "config/model/model.hpp"
#include "core/time.hpp"
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What looks at a running worker add up to. Pure.
namespace talos::worker {

/// Spelled the same in code, JSON, logs and on the screen.
enum class HealthState : std::uint8_t { unknown, healthy, unhealthy };

inline constexpr std::array all_health_states{HealthState::unknown, HealthState::healthy, HealthState::unhealthy};

[[nodiscard]] constexpr std::string_view to_text(HealthState state) {
    switch (state) {
    case HealthState::unknown: return "unknown";
    case HealthState::healthy: return "healthy";
    case HealthState::unhealthy: return "unhealthy";
    }
    __builtin_unreachable();
}

[[nodiscard]] constexpr std::optional<HealthState> health_state_from(std::string_view text) {
    for (const HealthState state : all_health_states)
        if (to_text(state) == text) return state;
    return std::nullopt;
}

/// Of one run, from `running` on.
struct Health {
    HealthState state = HealthState::unknown;
    bool in_grace = true;          ///< until the first success or the first failure that counts
    std::uint32_t failures = 0;    ///< in a row, counted up to as many as make it unhealthy
    std::uint32_t successes = 0;   ///< in a row, counted up to as many as make it healthy
    SteadyTime begun{};
    WallTime since{};     ///< of the state
    std::string reason;   ///< the last failure, in words; empty while there is none to speak of
    friend bool operator==(const Health&, const Health&) = default;
};

[[nodiscard]] Health health_of_new_run(Stamp running_since);

/// Whether a failure at that time would count.
[[nodiscard]] bool failures_count(const Health& health, const config::HealthSpec& spec, SteadyTime at);

[[nodiscard]] Health after_success(Health health, const config::HealthSpec& spec, Stamp at);
[[nodiscard]] Health after_failure(Health health, const config::HealthSpec& spec, Stamp at, std::string reason);
/// It was said by the worker itself: no matter how often, and whether there is grace.
[[nodiscard]] Health given_up(Health health, Stamp at, std::string reason);

/// `http http://…: it answers 500 instead of 200 (3 times in a row)`.
[[nodiscard]] std::string reason_of(const Health& health);

}   // namespace talos::worker
