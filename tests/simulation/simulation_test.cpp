#include "simulation/scenario.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <cstdlib>
#include <string>

using namespace talos::simulation;

namespace {

constexpr std::size_t steps = 60;

/// $TALOS_SEED; without it the same in every run, since scripts/simulate is there for others.
std::uint64_t first_seed() {
    const char* given = std::getenv("TALOS_SEED");
    return given != nullptr && *given != '\0' ? std::stoull(given) : 1;
}

std::string story_of(const Scenario& scenario, const std::string& folder) {
    std::string told;
    (void)run(scenario, folder, &told);
    return to_text(scenario) + told;
}

}   // namespace

TEST_CASE("simulation: a million events of the engine break no rule") {
    constexpr std::uint64_t most = 1'000'000;
    const talos::test::TemporaryDirectory folder;
    const auto first = first_seed();
    std::uint64_t events = 0;
    for (auto seed = first; events < most; ++seed) {
        const auto scenario = roll_scenario(seed, steps);
        const auto outcome = run(scenario, folder.path());
        events += outcome.events;
        if (outcome.broken.empty()) continue;
        const auto smaller = shrunk(scenario, outcome, folder.path());
        INFO("scripts/simulate " << seed << " runs it again");
        INFO(story_of(smaller, folder.path()));
        FAIL(outcome.broken);
    }
    CHECK(events >= most);
}

TEST_CASE("simulation: the same seed is the same history") {
    const talos::test::TemporaryDirectory folder;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto scenario = roll_scenario(seed, steps);
        const auto once = run(scenario, folder.path());
        const auto again = run(scenario, folder.path());
        CAPTURE(seed);
        CHECK(once.fingerprint == again.fingerprint);
        CHECK(once.events == again.events);
    }
}
