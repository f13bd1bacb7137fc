#include "simulation/scenario.hpp"
#include "support/temporary_directory.hpp"
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// simulate [--steps N] [--events N] [--fault NAME] [--tell] [SEED…]: runs the scenarios of the seeds, of N steps each (60). With --events, or
/// without a seed: from the seed (1) on until that many events were handled (1000000). A failure is shrunk and shown.
namespace {

using namespace talos::simulation;

struct Options {
    std::size_t steps = 60;
    std::optional<std::uint64_t> events;
    Fault fault = Fault::none;
    bool tell = false;
    std::vector<std::uint64_t> seeds;
};

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<Fault> fault_of(std::string_view name) {
    for (const auto& one : all_faults)
        if (one.name == name) return one.fault;
    return std::nullopt;
}

std::optional<Options> parse(const std::vector<std::string_view>& words) {
    Options options;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto word = words[i];
        const auto value = i + 1 < words.size() ? words[i + 1] : std::string_view();
        const auto number = number_of(word.starts_with("--") ? value : word);
        if (word == "--tell") {
            options.tell = true;
        } else if (word == "--fault") {
            const auto fault = fault_of(value);
            if (!fault) return std::nullopt;
            options.fault = *fault;
            ++i;
        } else if (!number) {
            return std::nullopt;
        } else if (word == "--steps") {
            options.steps = *number;
            ++i;
        } else if (word == "--events") {
            options.events = *number;
            ++i;
        } else {
            options.seeds.push_back(*number);
        }
    }
    return options;
}

int show(const Scenario& scenario, const Outcome& outcome, const std::string& folder, bool shrink) {
    std::printf("seed %llu: %s (in step %zu of %zu)\n", static_cast<unsigned long long>(scenario.seed), outcome.broken.c_str(),
                outcome.steps, scenario.steps.size());
    const auto smaller = shrink ? shrunk(scenario, outcome, folder) : scenario;
    std::string told;
    (void)run(smaller, folder, &told);
    std::printf("%s%s", to_text(smaller).c_str(), told.c_str());
    return 1;
}

}   // namespace

int main(int argc, char** argv) {
    const auto options = parse({argv + 1, argv + argc});
    if (!options) {
        std::fputs("usage: simulate [--steps N] [--events N] [--fault NAME] [--tell] [SEED…]\n", stderr);
        return 2;
    }
    const talos::test::TemporaryDirectory folder;
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t events = 0;
    std::uint64_t scenarios = 0;
    const auto run_one = [&](std::uint64_t seed) {
        const auto scenario = roll_scenario(seed, options->steps, options->fault);
        const auto outcome = run(scenario, folder.path());
        events += outcome.events;
        ++scenarios;
        if (outcome.broken.empty() && !options->tell) return 0;
        return show(scenario, outcome, folder.path(), !outcome.broken.empty());
    };
    int failed = 0;
    if (options->events || options->seeds.empty()) {
        const auto most = options->events.value_or(1'000'000);
        for (auto seed = options->seeds.empty() ? 1 : options->seeds.front(); events < most && failed == 0; ++seed)
            failed = run_one(seed);
    } else {
        for (const auto seed : options->seeds) failed |= run_one(seed);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%llu events in %llu scenarios, %.1f s, %.0f events a second\n", static_cast<unsigned long long>(events),
                static_cast<unsigned long long>(scenarios), took.count(), static_cast<double>(events) / took.count());
    return failed;
}
