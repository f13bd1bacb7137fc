#include "simulation/draft.hpp"

#include "core/duration.hpp"
#include <algorithm>
#include <array>
#include <string_view>

namespace talos::simulation {

namespace {

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }
std::string time(Millis time) { return in_quotes(format_duration(time)); }

template <std::size_t N>
std::string_view one_of(const std::array<std::string_view, N>& choices, Rolls& rolls) {
    return choices[rolls.below(N)];
}

std::string roll_restart(bool oneshot, Rolls& rolls) {
    constexpr std::array<std::string_view, 2> policies{"on-failure", "never"};
    const auto policy = oneshot || rolls.one_in(3) ? one_of(policies, rolls) : "always";
    std::string text = R"("restart":{"policy":)" + in_quotes(policy);
    const auto delay = rolls.time(Millis{1'000});
    text += R"(,"delay":)" + time(delay) + R"(,"maxDelay":)" + time(delay + rolls.time(Millis{8'000}));
    if (rolls.one_in(2)) text += R"(,"factor":1.5,"jitter":0.5)";
    if (rolls.one_in(2)) text += R"(,"resetAfter":)" + time(Millis{1} + rolls.time(Millis{10'000}));
    if (rolls.one_in(3)) text += R"(,"limit":)" + std::to_string(1 + rolls.below(5)) + R"(,"window":"30s")";
    return text + '}';
}

std::string roll_stop(Rolls& rolls) {
    constexpr std::array<std::string_view, 4> signals{"SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"};
    std::string text = R"("stop":{"steps":[)";
    for (auto left = rolls.below(3), all = left; left > 0; --left) {
        if (left != all) text += ',';
        text += R"({"signal":)" + in_quotes(one_of(signals, rolls)) + R"(,"wait":)" +
                time(Millis{1} + rolls.time(Millis{5'000})) + '}';
    }
    return text + "]}";
}

constexpr std::string_view probe = R"("tcp":"127.0.0.1:9")";

std::string roll_ready(Rolls& rolls) {
    return R"("ready":{)" + std::string(probe) + R"(,"timeout":)" + time(Millis{100} + rolls.time(Millis{10'000})) +
           R"(,"interval":)" + time(Millis{50} + rolls.time(Millis{1'000})) + '}';
}

std::string roll_health(Rolls& rolls) {
    std::string text = R"("health":{)" + std::string(probe) + R"(,"interval":)" + time(Millis{50} + rolls.time(Millis{5'000}));
    text += R"(,"timeout":)" + time(Millis{20} + rolls.time(Millis{1'000}));
    text += R"(,"failures":)" + std::to_string(1 + rolls.below(3)) + R"(,"successes":)" + std::to_string(1 + rolls.below(2));
    if (rolls.one_in(2)) text += R"(,"grace":)" + time(rolls.time(Millis{5'000}));
    if (rolls.one_in(3)) text += R"(,"action":"mark")";
    return text + '}';
}

std::string roll_hooks(Rolls& rolls) {
    constexpr std::array<std::string_view, 6> hooks{"preStart", "postStart", "preStop", "postStop", "onUnhealthy", "onFatal"};
    std::string text;
    for (const auto hook : hooks) {
        if (!rolls.one_in(3) && !(text.empty() && hook == hooks.back())) continue;
        text += (text.empty() ? "" : ",") + in_quotes(hook) + R"(:{"command":["/bin/true"],"timeout":)" +
                time(Millis{20} + rolls.time(Millis{3'000})) + '}';
    }
    return R"("hooks":{)" + text + '}';
}

std::vector<std::string> roll_keys(bool oneshot, Rolls& rolls) {
    std::vector<std::string> keys;
    if (oneshot && rolls.one_in(3)) keys.emplace_back(R"("remainUp":true)");
    if (rolls.one_in(6)) keys.emplace_back(R"("autostart":false)");
    keys.push_back(roll_restart(oneshot, rolls));
    if (!rolls.one_in(4)) keys.push_back(roll_stop(rolls));
    const bool ready = !oneshot && rolls.one_in(4);
    if (ready) keys.push_back(roll_ready(rolls));
    else if (!oneshot && rolls.one_in(2)) keys.push_back(R"("startTime":)" + time(rolls.time(Millis{2'000})));
    if (!oneshot && rolls.one_in(4)) keys.push_back(roll_health(rolls));
    if (rolls.one_in(3)) keys.push_back(roll_hooks(rolls));
    if (rolls.one_in(4)) keys.emplace_back(R"("fatalExitCodes":[78,"SIGSEGV"])");
    if (!oneshot && rolls.one_in(4))
        keys.push_back(rolls.one_in(2) ? R"("reload":{"signal":"SIGHUP","timeout":"1s"})"
                                       : R"("reload":{"command":["/bin/true"],"timeout":"1s"})");
    return keys;
}

bool has(const WorkerDraft& worker, std::string_view key) {
    return std::any_of(worker.keys.begin(), worker.keys.end(),
                       [&](const std::string& text) { return text.starts_with(in_quotes(key)); });
}

WorkerDraft::Need roll_need(const WorkerDraft& dependency, Rolls& rolls) {
    std::vector<std::string_view> conditions{"started", "ready"};
    if (has(dependency, "health")) conditions.emplace_back("healthy");
    if (dependency.oneshot) conditions.emplace_back("completed");
    constexpr std::array<std::string_view, 3> losses{"ignore", "stop", "restart"};
    return {dependency.name, in_quotes(dependency.name) + R"(:{"condition":)" +
                                 in_quotes(conditions[rolls.below(conditions.size())]) + R"(,"onFailure":)" +
                                 in_quotes(one_of(losses, rolls)) + '}'};
}

WorkerDraft roll_worker(std::string name, const std::vector<WorkerDraft>& before, Rolls& rolls) {
    WorkerDraft worker;
    worker.name = std::move(name);
    worker.oneshot = rolls.one_in(5);
    worker.instances = rolls.one_in(6);
    worker.keys = roll_keys(worker.oneshot, rolls);
    if (worker.instances) worker.keys.push_back(R"("instances":)" + std::to_string(rolls.below(4)));
    for (const auto& dependency : before)
        if (rolls.one_in(3)) worker.needs.push_back(roll_need(dependency, rolls));
    return worker;
}

}   // namespace

std::string ConfigDraft::text() const {
    std::string text = R"({"cgroup":"off","workers":{)";
    for (const auto& worker : workers) {
        if (&worker != &workers.front()) text += ',';
        text += "\n" + in_quotes(worker.name) + R"(:{"command":["/bin/true"],"log":"none")";
        if (worker.oneshot) text += R"(,"kind":"oneshot")";
        for (const auto& key : worker.keys) text += "," + key;
        std::string needs;
        for (const auto& need : worker.needs) {
            const bool there =
                std::any_of(workers.begin(), workers.end(), [&](const auto& one) { return one.name == need.worker; });
            if (there) needs += (needs.empty() ? "" : ",") + need.text;
        }
        if (!needs.empty()) text += R"(,"dependsOn":{)" + needs + '}';
        text += '}';
    }
    return text + "\n}}";
}

ConfigDraft roll_config(Rolls& rolls) {
    ConfigDraft draft;
    const auto count = 1 + rolls.below(5);
    for (std::size_t i = 0; i < count; ++i)
        draft.workers.push_back(roll_worker(std::string(1, static_cast<char>('a' + i)), draft.workers, rolls));
    return draft;
}

ConfigDraft roll_change(const ConfigDraft& draft, Rolls& rolls) {
    ConfigDraft changed = draft;
    for (std::size_t i = 0; i < changed.workers.size(); ++i) {
        auto& worker = changed.workers[i];
        if (!rolls.one_in(2)) continue;
        const std::vector<WorkerDraft> before(changed.workers.begin(), changed.workers.begin() + static_cast<std::ptrdiff_t>(i));
        worker = roll_worker(worker.name, before, rolls);
    }
    if (rolls.one_in(2) && changed.workers.size() > 1)
        changed.workers.erase(changed.workers.begin() + static_cast<std::ptrdiff_t>(rolls.below(changed.workers.size())));
    const std::string added(1, static_cast<char>('f' + rolls.below(3)));
    const bool known =
        std::any_of(changed.workers.begin(), changed.workers.end(), [&](const auto& one) { return one.name == added; });
    if (!known && rolls.one_in(2)) changed.workers.push_back(roll_worker(added, changed.workers, rolls));
    // A dependency may have become another kind of worker: what it can no longer be asked for is not.
    for (auto& worker : changed.workers)
        std::erase_if(worker.needs, [&](const auto& need) {
            const auto found = std::find_if(changed.workers.begin(), changed.workers.end(),
                                            [&](const auto& one) { return one.name == need.worker; });
            if (found == changed.workers.end()) return true;
            const bool healthy = need.text.find("\"healthy\"") != std::string::npos && !has(*found, "health");
            const bool completed = need.text.find("\"completed\"") != std::string::npos && !found->oneshot;
            return healthy || completed;
        });
    return changed;
}

}   // namespace talos::simulation
