#pragma once
#include "worker/data/reason.hpp"
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// Of which kind a `reason` in status.json or events.jsonl is: its words are for people, this is for programs. Other words, such as the name
/// of a signal that a command sent, are of no kind.
namespace talos::state {

enum class ReasonCode : std::uint8_t {
    leftovers,   ///< it waits for the rest of its last run to end
    pre_start,   ///< it waits for this hook to end, as the following ones
    post_start,
    pre_stop,
    post_stop,
    reload,
    on_unhealthy,
    on_fatal,
    ready,       ///< it waits to become ready
    not_ready,   ///< it was not ready in time
    unhealthy,
    start_failed,      ///< it could not be spawned, or its preStart failed
    limit,             ///< it has failed too often
    fatal_exit,        ///< its config lists how it ended
    dependency,        ///< it waits for what it depends on
    dependents,        ///< it is to be stopped once the workers that depend on it are down
    dependency_lost,   ///< it is stopped, since what it depends on is not there any more
    dependency_back    ///< it is restarted, since what it depends on is there again
};

inline constexpr std::array all_reason_codes{ReasonCode::leftovers,    ReasonCode::pre_start,       ReasonCode::post_start,
                                             ReasonCode::pre_stop,     ReasonCode::post_stop,       ReasonCode::reload,
                                             ReasonCode::on_unhealthy, ReasonCode::on_fatal,        ReasonCode::ready,
                                             ReasonCode::not_ready,    ReasonCode::unhealthy,       ReasonCode::start_failed,
                                             ReasonCode::limit,        ReasonCode::fatal_exit,      ReasonCode::dependency,
                                             ReasonCode::dependents,   ReasonCode::dependency_lost, ReasonCode::dependency_back};

[[nodiscard]] constexpr std::string_view to_text(ReasonCode reason_code) {
    switch (reason_code) {
    case ReasonCode::leftovers: return "leftovers";
    case ReasonCode::pre_start: return "preStart";
    case ReasonCode::post_start: return "postStart";
    case ReasonCode::pre_stop: return "preStop";
    case ReasonCode::post_stop: return "postStop";
    case ReasonCode::reload: return "reload";
    case ReasonCode::on_unhealthy: return "onUnhealthy";
    case ReasonCode::on_fatal: return "onFatal";
    case ReasonCode::ready: return "ready";
    case ReasonCode::not_ready: return "not-ready";
    case ReasonCode::unhealthy: return "unhealthy";
    case ReasonCode::start_failed: return "start-failed";
    case ReasonCode::limit: return "limit";
    case ReasonCode::fatal_exit: return "fatal-exit";
    case ReasonCode::dependency: return "dependency";
    case ReasonCode::dependents: return "dependents";
    case ReasonCode::dependency_lost: return "dependency-lost";
    case ReasonCode::dependency_back: return "dependency-back";
    }
    __builtin_unreachable();
}

/// Nothing for a word of a newer talosd.
[[nodiscard]] constexpr std::optional<ReasonCode> reason_code_from(std::string_view word) {
    for (const auto reason_code : all_reason_codes)
        if (to_text(reason_code) == word) return reason_code;
    return std::nullopt;
}

/// Nothing for none.
[[nodiscard]] std::optional<ReasonCode> reason_code_of(const worker::Reason& reason);

}   // namespace talos::state
