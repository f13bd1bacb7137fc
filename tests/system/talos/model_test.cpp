#include "support/catch.hpp"
#include "system/talos/model_run.hpp"
#include <iostream>

using namespace talos::test;
using namespace talos::test::model;

// TALOS_SEED=N takes the same steps again. What comes of them may differ, since the kernel schedules as it likes: a failure is tried
// again with fewer and fewer steps for a while, and the shortest list that failed is shown.

namespace {

constexpr std::size_t bursts = sanitized ? 12 : 30;
constexpr auto time_to_shrink = std::chrono::seconds{90};

struct Failed {
    std::string problem, steps, picture;
};

std::optional<Failed> failure_of(const std::vector<model::Step>& steps) {
    Run run;
    auto problem = run.take(steps);
    if (!problem) return std::nullopt;
    return Failed{*problem, run.told(), run.picture()};
}

}   // namespace

TEST_CASE(
    "model: whatever is asked, killed and reloaded at random, status, history, answers and /proc agree, and nothing is left") {
    const auto seed = seed_of_this_run();
    std::cout << "TALOS_SEED=" << seed << '\n';
    const auto steps = random_steps(seed, bursts);
    auto failed = failure_of(steps);
    if (!failed) {
        SUCCEED();
        return;
    }
    std::cout << failed->problem << '\n' << failed->steps << failed->picture << std::endl;
    const auto deadline = Clock::now() + time_to_shrink;
    (void)shrink(steps, [&](const std::vector<model::Step>& fewer) {
        if (Clock::now() >= deadline) return false;
        auto again = failure_of(fewer);
        if (again) failed = std::move(again);
        return again.has_value();
    });
    FAIL("TALOS_SEED=" << seed << ": " << failed->problem << '\n' << failed->steps << failed->picture);
}
