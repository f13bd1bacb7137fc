#include "simulation/scenario.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <string>
#include <string_view>

using namespace talos::simulation;

namespace {

/// The rule that finds it, by a part of its words.
std::string_view finds(Fault fault) {
    switch (fault) {
    case Fault::none: return "";
    case Fault::lost_child_signal: return "was not reaped";
    case Fault::double_spawn: return "two runs of";
    case Fault::ignored_stop: return "for longer than it may be";
    case Fault::hidden_orphans: return "process of its last run";
    case Fault::failed_start_lives: return "process";
    case Fault::wrong_exit: return "an exit that the kernel has not reported";
    case Fault::lost_timer: return "for longer than it may be";
    case Fault::early_timer: return "before its stop plan was over";
    case Fault::dropped_line: return "the journal has a gap";
    case Fault::status_not_written: return "the status";
    case Fault::wrong_pid: return "the status has a process";
    case Fault::forgotten_dependency: return "stops before";
    }
    __builtin_unreachable();
}

}   // namespace

TEST_CASE("simulation: each planted fault is found by its rule") {
    constexpr std::uint64_t most_seeds = 400;
    const talos::test::TemporaryDirectory folder;
    for (const auto& planted : all_faults) {
        std::string found;
        for (std::uint64_t seed = 1; seed <= most_seeds && found.empty(); ++seed) {
            const auto outcome = run(roll_scenario(seed, 60, planted.fault), folder.path());
            if (outcome.broken.find(finds(planted.fault)) != std::string::npos) found = outcome.broken;
        }
        CAPTURE(planted.name);
        CHECK_FALSE(found.empty());
    }
}

TEST_CASE("simulation: what is shrunk breaks the same rule in fewer steps") {
    const talos::test::TemporaryDirectory folder;
    for (std::uint64_t seed = 1;; ++seed) {
        const auto scenario = roll_scenario(seed, 60, Fault::double_spawn);
        const auto outcome = run(scenario, folder.path());
        if (outcome.broken.empty()) continue;
        const auto smaller = shrunk(scenario, outcome, folder.path());
        CHECK(smaller.steps.size() < scenario.steps.size());
        CHECK(run(smaller, folder.path()).broken == outcome.broken);
        return;
    }
}
