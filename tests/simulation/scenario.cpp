#include "simulation/scenario.hpp"

#include "simulation/world.hpp"
#include "support/random_steps.hpp"
#include <functional>

namespace talos::simulation {

namespace {

Step::Kind roll_kind(Rolls& rolls) {
    if (rolls.one_in(2)) return Step::Kind::pass;
    if (rolls.one_in(3)) return rolls.one_in(2) ? Step::Kind::crash : Step::Kind::stop;
    return static_cast<Step::Kind>(rolls.below(step_names.size()));
}

using Fails = std::function<bool(const Scenario&)>;

/// True when something could go.
bool without_workers(Scenario& scenario, const Fails& fails) {
    bool smaller = false;
    for (std::size_t which = 0; which < scenario.configs.size(); ++which)
        for (std::size_t i = 0; i < scenario.configs[which].workers.size() && scenario.configs[which].workers.size() > 1;) {
            auto fewer = scenario;
            auto& workers = fewer.configs[which].workers;
            workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(i));
            if (!fails(fewer)) {
                ++i;
                continue;
            }
            scenario = std::move(fewer);
            smaller = true;
        }
    return smaller;
}

bool without_keys(Scenario& scenario, const Fails& fails) {
    bool smaller = false;
    for (std::size_t which = 0; which < scenario.configs.size(); ++which)
        for (std::size_t worker = 0; worker < scenario.configs[which].workers.size(); ++worker) {
            const auto leave_out = [&](auto member) {
                for (std::size_t i = 0; i < (scenario.configs[which].workers[worker].*member).size();) {
                    auto fewer = scenario;
                    auto& list = fewer.configs[which].workers[worker].*member;
                    list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
                    if (!fails(fewer)) {
                        ++i;
                        continue;
                    }
                    scenario = std::move(fewer);
                    smaller = true;
                }
            };
            leave_out(&WorkerDraft::keys);
            leave_out(&WorkerDraft::needs);
        }
    return smaller;
}

}   // namespace

Scenario roll_scenario(std::uint64_t seed, std::size_t steps, Fault fault) {
    Rolls rolls(seed_of(seed, "scenario", 0));
    Scenario scenario;
    scenario.seed = seed;
    scenario.fault = fault;
    scenario.configs.push_back(roll_config(rolls));
    while (scenario.configs.size() < 3) scenario.configs.push_back(roll_change(scenario.configs.back(), rolls));
    constexpr std::array<unsigned, 4> ticks{0, 0, 1, 50};
    scenario.tick_us = ticks[rolls.below(ticks.size())];
    for (std::size_t i = 0; i < steps; ++i) {
        const auto kind = roll_kind(rolls);
        scenario.steps.push_back({kind, rolls.number()});
    }
    return scenario;
}

Outcome run(const Scenario& scenario, const std::string& folder, std::string* told) {
    World world(scenario, folder, told);
    Outcome outcome;
    world.begin();
    for (const auto& step : scenario.steps) {
        if (!world.broken().empty()) break;
        ++outcome.steps;
        world.take(step);
    }
    if (world.broken().empty()) world.come_down();
    outcome.broken = world.broken();
    outcome.events = world.events();
    outcome.fingerprint = world.fingerprint();
    return outcome;
}

Scenario shrunk(const Scenario& scenario, const Outcome& outcome, const std::string& folder) {
    constexpr std::size_t most = 1'500;
    std::size_t runs = 0;
    const Fails fails = [&](const Scenario& candidate) {
        try {
            return ++runs < most && run(candidate, folder).broken == outcome.broken;
        } catch (const InvalidConfig&) {
            return false;
        }
    };
    auto smaller = scenario;
    smaller.steps.resize(outcome.steps);
    if (!fails(smaller)) return scenario;
    const auto fewer_steps = [&] {
        const auto before = smaller.steps.size();
        smaller.steps = test::shrink(smaller.steps, [&](const std::vector<Step>& steps) {
            auto candidate = smaller;
            candidate.steps = steps;
            return fails(candidate);
        });
        return smaller.steps.size() < before;
    };
    bool again = true;
    while (again && runs < most) {
        again = fewer_steps();
        again = without_workers(smaller, fails) || again;
        again = without_keys(smaller, fails) || again;
    }
    return smaller;
}

std::string to_text(const Scenario& scenario) {
    std::string text =
        "seed " + std::to_string(scenario.seed) + ", a reading of the clock takes " + std::to_string(scenario.tick_us) + " µs\n";
    for (std::size_t i = 0; i < scenario.configs.size(); ++i)
        text += "config " + std::to_string(i) + ": " + scenario.configs[i].text() + '\n';
    return text;
}

}   // namespace talos::simulation
