#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "support/a_worker.hpp"
#include "support/random_steps.hpp"
#include "unit/worker/model_world.hpp"
#include <algorithm>
#include <array>
#include <csignal>

namespace talos::worker::model {

namespace {

using Policy = config::RestartSpec::Policy;
using Kind = Step::Kind;

std::string_view to_text(Kind kind) {
    switch (kind) {
    case Kind::start: return "start";
    case Kind::stop: return "stop";
    case Kind::restart: return "restart";
    case Kind::kill: return "kill";
    case Kind::reconfigure: return "reconfigure";
    case Kind::turn: return "end of the turn";
    case Kind::ready: return "it is ready";
    case Kind::more_time: return "it asks for time";
    case Kind::unhealthy: return "it is unhealthy";
    case Kind::reset: return "reset";
    case Kind::pause: return "pause";
    case Kind::resume: return "resume";
    case Kind::reload: return "reload";
    case Kind::main_ends: return "main ends";
    case Kind::orphan: return "an orphan appears";
    case Kind::rest_ends: return "an orphan ends";
    case Kind::hook_ends: return "the hook ends";
    case Kind::settle: return "ends are published";
    case Kind::late_timer: return "a late timer";
    case Kind::pass: return "time passes";
    case Kind::await: return "until something is due";
    }
    __builtin_unreachable();
}

std::string to_text(const config::WorkerSpec& spec) {
    const auto& restart = spec.restart;
    constexpr std::array policies{"always", "on-failure", "never"};
    std::string text = policies[static_cast<std::size_t>(restart.policy)];
    text += ", delay " + format_duration(restart.delay) + " to " + format_duration(restart.max_delay);
    text += ", factor " + std::to_string(restart.factor) + ", jitter " + std::to_string(restart.jitter);
    text += ", resetAfter " + format_duration(restart.reset_after) + ", limit " + std::to_string(restart.limit);
    text += " within " + format_duration(restart.window) + ", startTime " + format_duration(spec.start_time);
    if (const auto* ready = spec.ready.get()) text += ", ready within " + format_duration(ready->timeout);
    if (spec.kind == config::WorkerKind::oneshot) text += spec.remain_up ? ", oneshot that remains up" : ", oneshot";
    for (const auto hook : config::all_hooks)
        if (const auto* program = config::find_hook(spec, hook))
            text.append(", ").append(config::to_text(hook)).append(" within ").append(format_duration(program->timeout));
    text += ", stop";
    for (const auto& step : spec.stop) text += ' ' + signal_name(step.signal) + ' ' + format_duration(step.wait);
    return text;
}

config::WorkerSpec random_spec(test::Dice& dice) {
    config::WorkerSpec spec = a_spec();
    auto& restart = spec.restart;
    restart.policy = dice.of(std::vector{Policy::always, Policy::on_failure, Policy::never});
    restart.delay = dice.of(std::vector<Millis>{0ms, 1ms, 100ms, 2s});
    restart.max_delay = dice.of(std::vector<Millis>{0ms, 1s, 30s});
    restart.factor = dice.of(std::vector{1.0, 1.5, 2.0, 10.0});
    restart.jitter = dice.of(std::vector{0.0, 0.1, 1.0});
    restart.reset_after = dice.of(std::vector<Millis>{0ms, 1ms, 500ms, 10s});
    restart.limit = dice.of(std::vector<std::uint32_t>{0, 0, 1, 2, 4});
    restart.window = dice.of(std::vector<Millis>{0ms, 100ms, 5s, 1min});
    spec.start_time = dice.of(std::vector<Millis>{0ms, 0ms, 10ms, 1s});
    if (dice.one_in(3)) spec.ready.make().timeout = dice.of(std::vector<Millis>{1ms, 50ms, 1s, 1min});
    if (dice.one_in(4)) {
        spec.kind = config::WorkerKind::oneshot;
        spec.remain_up = dice.one_in(2);
        spec.ready = {};
        if (restart.policy == Policy::always) restart.policy = Policy::on_failure;
    }
    for (const auto hook : config::all_hooks)
        if (dice.one_in(4)) {
            auto& program = spec.hooks.make().programs[static_cast<std::size_t>(hook) - 1];
            program = {{"./hook"}, dice.of(std::vector<Millis>{1ms, 50ms, 10s})};
        }
    if (spec.kind == config::WorkerKind::service && dice.one_in(3)) {
        auto& reload = spec.reload.make();
        reload.signal = dice.one_in(2) ? SIGHUP : 0;
        reload.program = {{"./reload"}, dice.of(std::vector<Millis>{1ms, 50ms, 10s})};
    }
    spec.stop.clear();
    for (auto steps = dice.below(4); steps > 0; --steps) {
        const int signal = dice.of(std::vector{SIGINT, SIGTERM, SIGQUIT, SIGHUP});
        spec.stop.push_back({signal, dice.of(std::vector<Millis>{0ms, 50ms, 1s, 10s})});
    }
    return spec;
}

/// Whether the scenario still breaks this rule and no other before it.
bool breaks(const Scenario& scenario, const Decide& decide, std::string_view rule) {
    const char* broken = broken_rule(scenario, decide);
    return broken != nullptr && broken == rule;
}

/// `change` made to each spec, one after the other, where the scenario still fails with it.
template <class Change>
void plainer(Scenario& scenario, const Decide& decide, std::string_view rule, const Change& change) {
    for (std::size_t i = 0; i < scenario.specs.size(); ++i) {
        auto tried = scenario;
        change(tried.specs[i]);
        if (breaks(tried, decide, rule)) scenario = std::move(tried);
    }
}

}   // namespace

Scenario random_scenario(std::uint64_t seed) {
    test::Dice dice(seed);
    Scenario scenario;
    for (auto specs = 1 + dice.below(3); specs > 0; --specs) scenario.specs.push_back(random_spec(dice));
    // as often as they stand here: what happens by itself more than what is asked for
    static const std::vector kinds{
        Kind::start,     Kind::start,      Kind::start,      Kind::stop,   Kind::restart,     Kind::kill,      Kind::turn,
        Kind::turn,      Kind::turn,       Kind::turn,       Kind::turn,   Kind::reconfigure, Kind::main_ends, Kind::main_ends,
        Kind::main_ends, Kind::main_ends,  Kind::main_ends,  Kind::orphan, Kind::orphan,      Kind::orphan,    Kind::orphan,
        Kind::rest_ends, Kind::settle,     Kind::settle,     Kind::settle, Kind::settle,      Kind::settle,    Kind::pass,
        Kind::pass,      Kind::late_timer, Kind::late_timer, Kind::await,  Kind::await,       Kind::await,     Kind::await,
        Kind::await,     Kind::ready,      Kind::ready,      Kind::ready,  Kind::more_time,   Kind::hook_ends, Kind::hook_ends,
        Kind::unhealthy, Kind::reset,      Kind::pause,      Kind::resume, Kind::resume,      Kind::reload};
    for (auto steps = 20 + dice.below(100); steps > 0; --steps) {
        const Kind kind = dice.of(kinds);
        scenario.steps.push_back({kind, dice.number()});
    }
    return scenario;
}

const char* broken_rule(const Scenario& scenario, const Decide& decide, std::string* told) {
    World world(scenario.specs, decide);
    if (told != nullptr) {
        world.tell();
        std::size_t number = 0;
        for (const auto& spec : scenario.specs) *told += "spec " + std::to_string(number++) + ": " + to_text(spec) + '\n';
    }
    const auto write = [&](std::size_t number, std::string_view step) {
        if (told == nullptr) return;
        *told += std::to_string(number) + ". " + std::string(step);
        *told += (world.told().empty() ? "" : ": " + world.told()) + '\n';
    };
    for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
        const auto& step = scenario.steps[i];
        const char* broken = world.take(step);
        std::string name(to_text(step.kind));
        if (step.kind == Kind::reconfigure) name += " to spec " + std::to_string(step.dice % scenario.specs.size());
        write(i + 1, name);
        if (broken != nullptr) return broken;
    }
    const char* broken = world.come_down();
    write(scenario.steps.size() + 1, "stop, and time enough for it");
    return broken;
}

Scenario shrunk(const Scenario& scenario, const Decide& decide) {
    const char* found = broken_rule(scenario, decide);
    if (found == nullptr) return scenario;
    const std::string rule = found;
    Scenario small = scenario;
    const auto fewer_steps = [&] {
        const auto fails = [&](const std::vector<Step>& steps) { return breaks({small.specs, steps}, decide, rule); };
        small.steps = test::shrink(small.steps, fails);
    };
    fewer_steps();
    while (small.specs.size() > 1) {
        auto tried = small;
        tried.specs.pop_back();
        if (!breaks(tried, decide, rule)) break;
        small = std::move(tried);
    }
    const auto plain = a_spec();
    plainer(small, decide, rule, [&](auto& spec) { spec.restart = plain.restart; });
    plainer(small, decide, rule, [&](auto& spec) { spec.restart.policy = plain.restart.policy; });
    plainer(small, decide, rule, [&](auto& spec) { spec.restart.delay = plain.restart.delay; });
    plainer(small, decide, rule, [&](auto& spec) { spec.restart.max_delay = plain.restart.max_delay; });
    plainer(small, decide, rule, [&](auto& spec) { spec.restart.factor = plain.restart.factor; });
    plainer(small, decide, rule, [&](auto& spec) { spec.restart.jitter = plain.restart.jitter; });
    plainer(small, decide, rule, [&](auto& spec) { spec.restart.reset_after = plain.restart.reset_after; });
    plainer(small, decide, rule, [&](auto& spec) { spec.restart.limit = plain.restart.limit; });
    plainer(small, decide, rule, [&](auto& spec) { spec.restart.window = plain.restart.window; });
    plainer(small, decide, rule, [&](auto& spec) { spec.start_time = plain.start_time; });
    plainer(small, decide, rule, [&](auto& spec) { spec.ready = plain.ready; });
    plainer(small, decide, rule, [&](auto& spec) { spec.kind = plain.kind; });
    plainer(small, decide, rule, [&](auto& spec) { spec.hooks = plain.hooks; });
    for (std::size_t hook = 0; hook < config::all_hooks.size(); ++hook)
        plainer(small, decide, rule, [&](auto& spec) { spec.hooks.make().programs[hook].reset(); });
    plainer(small, decide, rule, [&](auto& spec) { spec.stop.resize(std::min<std::size_t>(spec.stop.size(), 1)); });
    fewer_steps();
    return small;
}

}   // namespace talos::worker::model
