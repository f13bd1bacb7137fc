#include "config/diff.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace talos::config {
namespace {

using Keys = std::vector<KeyChange>;

/// JSON objects have no order: variables in another one are the same environment.
bool same_env(const WorkerSpec& a, const WorkerSpec& b) {
    if (a.env == b.env) return true;
    auto first = a.env;
    auto second = b.env;
    std::sort(first.begin(), first.end());
    std::sort(second.begin(), second.end());
    return first == second;
}

void note(Keys& keys, bool same, const char* key, Effect effect) {
    if (!same) keys.push_back({key, effect});
}

void compare_restart(const RestartSpec& a, const RestartSpec& b, Keys& keys) {
    note(keys, a.policy == b.policy, "restart.policy", Effect::live);
    note(keys, a.delay == b.delay, "restart.delay", Effect::live);
    note(keys, a.max_delay == b.max_delay, "restart.maxDelay", Effect::live);
    note(keys, a.factor == b.factor, "restart.factor", Effect::live);
    note(keys, a.jitter == b.jitter, "restart.jitter", Effect::live);
    note(keys, a.reset_after == b.reset_after, "restart.resetAfter", Effect::live);
    note(keys, a.limit == b.limit, "restart.limit", Effect::live);
    note(keys, a.window == b.window, "restart.window", Effect::live);
}

void compare_log(const LogSpec& a, const LogSpec& b, Keys& keys) {
    // Without a file on both sides the other keys mean nothing that could be compared.
    if (a.target != b.target) return keys.push_back({"log", Effect::restart});
    note(keys, a.file == b.file, "log.file", Effect::restart);
    note(keys, a.format == b.format, "log.format", Effect::restart);
    note(keys, a.rotate_size == b.rotate_size, "log.rotateSize", Effect::live);
    note(keys, a.keep == b.keep, "log.keep", Effect::live);
}

/// In the order in which the reference describes the keys.
Keys compare(const WorkerSpec& a, const WorkerSpec& b) {
    Keys keys;
    if (a == b) return keys;
    note(keys, a.command == b.command, "command", Effect::restart);
    note(keys, a.cwd == b.cwd, "cwd", Effect::restart);
    note(keys, same_env(a, b), "env", Effect::restart);
    note(keys, a.autostart == b.autostart, "autostart", Effect::live);
    note(keys, a.start_time == b.start_time, "startTime", Effect::live);
    compare_restart(a.restart, b.restart, keys);
    note(keys, a.stop == b.stop, "stop", Effect::live);
    compare_log(a.log, b.log, keys);
    note(keys, a.on_supervisor_death == b.on_supervisor_death, "onSupervisorDeath", Effect::restart);
    return keys;
}

Keys compare_daemon(const Config& a, const Config& b) {
    Keys keys;
    note(keys, a.data_dir == b.data_dir, "dataDir", Effect::restart);
    note(keys, a.control_socket == b.control_socket, "controlSocket", Effect::restart);
    note(keys, a.access == b.access, "access", Effect::live);
    return keys;
}

}  // namespace

bool WorkerChange::needs_restart() const {
    return std::any_of(keys.begin(), keys.end(), [](const KeyChange& change) { return change.effect == Effect::restart; });
}

Plan diff(const Config& running, const Config& wanted) {
    using What = WorkerChange::What;
    Plan plan;
    plan.daemon = compare_daemon(running, wanted);
    std::unordered_map<std::string_view, const WorkerSpec*> before;
    for (const auto& worker : running.workers) before.emplace(worker.name, &worker);
    std::unordered_set<std::string_view> stays;
    for (const auto& worker : wanted.workers) {
        const auto known = before.find(worker.name);
        if (known == before.end()) {
            plan.workers.push_back({What::added, worker.name, {}});
            continue;
        }
        stays.insert(worker.name);
        auto keys = compare(*known->second, worker);
        if (keys.empty()) ++plan.unchanged;
        else plan.workers.push_back({What::changed, worker.name, std::move(keys)});
    }
    for (const auto& worker : running.workers) {
        if (!stays.contains(worker.name)) plan.workers.push_back({What::removed, worker.name, {}});
    }
    return plan;
}

WorkerSpec with_live_keys(const WorkerSpec& running, const WorkerSpec& wanted) {
    WorkerSpec spec = running;
    spec.autostart = wanted.autostart;
    spec.start_time = wanted.start_time;
    spec.restart = wanted.restart;
    spec.stop = wanted.stop;
    if (running.log.target != wanted.log.target) return spec;   // what is wanted of the other target is no wish for this one
    spec.log.rotate_size = wanted.log.rotate_size;
    spec.log.keep = wanted.log.keep;
    return spec;
}

}  // namespace talos::config
