#include "support/a_worker.hpp"
#include "support/catch.hpp"
#include "support/random_steps.hpp"
#include "unit/worker/model_world.hpp"
#include <algorithm>
#include <array>
#include <iostream>
#include <optional>
#include <string>

// Random scenarios: commands, changed configs, crashes, orphans and late timers in any order against a simulated kernel.
// TALOS_SEED=N repeats a run; a failure is cut down to a few steps.

using namespace talos;
using namespace talos::worker;
using namespace talos::worker::model;

namespace {

constexpr std::uint64_t scenarios = 50'000;
constexpr std::uint64_t apart = 0x9e3779b97f4a7c15u;   // so that runs with neighbouring seeds share no scenario

/// Of the first scenario that breaks a rule: which, and how to get there.
struct Found {
    Scenario scenario;
    std::string rule;
    std::string told;
};

/// The shortest of the first `looks` that are found: one fault breaks several rules, some of them only by a longer way.
std::optional<Found> search(std::uint64_t seed, const Decide& decide, int looks = 1) {
    std::optional<Found> shortest;
    for (std::uint64_t n = 0; n < scenarios && looks > 0; ++n) {
        const auto scenario = random_scenario(seed + n * apart);
        if (broken_rule(scenario, decide) == nullptr) continue;
        --looks;
        Found found{shrunk(scenario, decide), {}, {}};
        found.rule = broken_rule(found.scenario, decide, &found.told);
        if (!shortest || found.scenario.steps.size() < shortest->scenario.steps.size()) shortest = std::move(found);
    }
    return shortest;
}

/// A machine with a fault in it is found out, by a handful of steps.
void check_found(const char* fault, const Decide& faulty, std::size_t most_steps) {
    const auto found = search(1, faulty, 5);
    INFO(fault);
    REQUIRE(found);
    INFO(found->rule << '\n' << found->told);
    CHECK(found->scenario.steps.size() <= most_steps);
}

Transition without_timers(Transition transition, State in) {
    if (transition.worker.state() == in)
        std::erase_if(transition.actions, [](const Action& action) { return std::holds_alternative<ArmTimer>(action); });
    return transition;
}

void forget_hook(Worker& worker) {
    if (auto* left = leftovers(worker)) left->hook = config::Hook::none;
    if (auto* stops = stopping(worker)) stops->hook = config::Hook::none;
}

}   // namespace

TEST_CASE("model: whatever is asked, ends or comes late, no rule is broken, nothing is stuck and a stop gets it down") {
    const auto seed = test::seed_of_this_run();
    std::cout << "TALOS_SEED=" << seed << '\n';
    const auto found = search(seed, next);
    if (found) FAIL("TALOS_SEED=" << seed << ": " << found->rule << '\n' << found->told);
    SUCCEED();
}

TEST_CASE("model: scenarios reach every state, with and without what is left of the tree") {
    std::array<int, all_states.size()> plain{};
    std::array<int, all_states.size()> with_rest{};
    const Decide watched = [&](const Worker& worker, const Event& event) {
        auto& visits = worker.has_rest() ? with_rest : plain;
        ++visits[static_cast<std::size_t>(worker.state())];
        return next(worker, event);
    };
    for (std::uint64_t n = 0; n < 2'000; ++n) (void)broken_rule(random_scenario(n), watched);
    for (const State state : all_states) {
        INFO(to_text(state));
        CHECK(plain[static_cast<std::size_t>(state)] > 100);
        const bool may_have_rest = state != State::stopped && state != State::starting && state != State::running;
        CHECK((with_rest[static_cast<std::size_t>(state)] > 20) == may_have_rest);
    }
}

TEST_CASE("model: a planted fault is found and cut down to a few steps") {
    check_found(
        "late timers are obeyed",
        [](const Worker& worker, const Event& event) {
            const auto* timer = std::get_if<TimerFired>(&event);
            return next(worker, timer != nullptr ? TimerFired{timer->at, worker.epoch} : event);
        },
        5);
    check_found(
        "the wait of a stop is not armed",
        [](const Worker& worker, const Event& event) { return without_timers(next(worker, event), State::stopping); }, 3);
    check_found(
        "the start time is not armed",
        [](const Worker& worker, const Event& event) { return without_timers(next(worker, event), State::starting); }, 2);
    check_found(
        "who is not ready in time is taken for ready",
        [](const Worker& worker, const Event& event) {
            const auto* timer = std::get_if<TimerFired>(&event);
            const bool late = timer != nullptr && timer->epoch == worker.epoch && worker.state() == State::starting;
            return late ? next(worker, BecameReady{timer->at}) : next(worker, event);
        },
        3);
    check_found(
        "the rest of the tree is forgotten",
        [](const Worker& worker, const Event& event) {
            const auto* exit = std::get_if<Exited>(&event);
            return next(worker, exit != nullptr ? Exited{exit->at, exit->status, false} : event);
        },
        5);
    check_found(
        "a stop kills at once",
        [](const Worker& worker, const Event& event) {
            const auto* stop = std::get_if<StopAsked>(&event);
            return stop != nullptr ? next(worker, KillAsked{stop->at}) : next(worker, event);
        },
        2);
    check_found(
        "one failure too many before fatal",
        [](const Worker& worker, const Event& event) {
            auto lenient = *worker.spec;
            if (lenient.restart.limit != 0) ++lenient.restart.limit;
            auto changed = worker;
            changed.spec = &lenient;
            auto transition = next(changed, event);
            transition.worker.spec = worker.spec;
            return transition;
        },
        5);
    check_found(
        "the end of a hook is not heard",
        [](const Worker& worker, const Event& event) {
            return std::holds_alternative<HookEnded>(event) ? Transition{worker, {}} : next(worker, event);
        },
        3);
    check_found(
        "postStop is forgotten",
        [](const Worker& worker, const Event& event) {
            auto transition = next(worker, event);
            const auto forgotten = [](const Action& action) { return action == Action{RunHook{config::Hook::post_stop}}; };
            if (std::erase_if(transition.actions, forgotten) > 0) forget_hook(transition.worker);
            return transition;
        },
        5);
    check_found(
        "a wish for a start during a stop is lost",
        [](const Worker& worker, const Event& event) {
            const bool lost = std::holds_alternative<StartAsked>(event) && worker.state() == State::stopping;
            return lost ? Transition{worker, {}} : next(worker, event);
        },
        4);
}
