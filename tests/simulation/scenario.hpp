#pragma once
#include "simulation/draft.hpp"
#include "simulation/faults.hpp"
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace talos::simulation {

/// `dice` decides everything about a step that its kind leaves open, so that it means the same when others are left out. One that is not
/// possible when its turn comes does nothing.
struct Step {
    enum class Kind : std::uint8_t {
        start,
        stop,
        restart,
        restart_all,     ///< one after the other
        reload_worker,   ///< it is to read its own config again
        reset,
        pause,
        resume,
        signal,
        scale,
        reload,      ///< one of the scenario's configs
        crash,       ///< a process is ended from outside
        freeze,      ///< or stopped
        thaw,        ///< or continued
        set_clock,   ///< the wall clock
        disk_full,
        disk_free,
        pass   ///< time
    };
    Kind kind;
    std::uint64_t dice;
};

inline constexpr std::array<std::string_view, 18> step_names{
    "start", "stop",   "restart", "restart all", "reload worker", "reset", "pause",     "resume",    "signal",
    "scale", "reload", "crash",   "freeze",      "thaw",          "clock", "disk full", "disk free", "pass"};

struct Scenario {
    std::uint64_t seed = 0;             ///< of the programs
    std::vector<ConfigDraft> configs;   ///< it begins with the first
    std::vector<Step> steps;
    unsigned tick_us = 0;   ///< what a reading of the clock takes
    Fault fault = Fault::none;
};

[[nodiscard]] Scenario roll_scenario(std::uint64_t seed, std::size_t steps, Fault fault = Fault::none);

struct Outcome {
    std::string broken;              ///< the rule; empty: none
    std::size_t steps = 0;           ///< that were taken until then
    std::uint64_t events = 0;        ///< that the engine has handled
    std::uint64_t fingerprint = 0;   ///< of the history: the same for the same scenario
};

/// A draft that is no config: a bug of the generator, or what is left of a draft that was cut down.
class InvalidConfig : public std::runtime_error {
    using runtime_error::runtime_error;
};

/// Throws InvalidConfig. `folder`: where the config is written; `told` gets what happens.
[[nodiscard]] Outcome run(const Scenario& scenario, const std::string& folder, std::string* told = nullptr);

/// The same failure with as few steps and as small a config as can be found in some hundred runs.
[[nodiscard]] Scenario shrunk(const Scenario& scenario, const Outcome& outcome, const std::string& folder);

/// The config and the steps, for people.
[[nodiscard]] std::string to_text(const Scenario& scenario);

}   // namespace talos::simulation
