#include "config/use/diff.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace talos::config {
namespace {

using Keys = std::vector<KeyChange>;

/// JSON objects are unordered: the same variables in a different order are the same environment.
bool same_env(const WorkerSpec& a, const WorkerSpec& b) {
    if (a.env == b.env) return true;
    auto first = a.env;
    auto second = b.env;
    std::sort(first.begin(), first.end());
    std::sort(second.begin(), second.end());
    return first == second;
}

/// The order of these members does not matter either.
bool same_limits(const std::vector<ResourceLimit>& a, const std::vector<ResourceLimit>& b) {
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const ResourceLimit& limit) {
               return std::find(b.begin(), b.end(), limit) != b.end();
           });
}

void note(Keys& keys, bool same, std::string key, Effect effect) {
    if (!same) keys.push_back({std::move(key), effect});
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

/// Destinations are compared individually only if both configs have the same kinds in the same order.
bool same_kinds(const WorkerSpec& a, const WorkerSpec& b) {
    return std::equal(a.log.begin(), a.log.end(), b.log.begin(), b.log.end(),
                      [](const LogSpec& one, const LogSpec& other) { return one.target == other.target; });
}

void compare_log(const std::string& name, const LogSpec& a, const LogSpec& b, Keys& keys) {
    const auto compare = [&](bool same, const char* key, Effect effect) { note(keys, same, name + key, effect); };
    compare(a.inherit == b.inherit, ".inherit", Effect::restart);
    compare(a.file == b.file, ".file", Effect::restart);
    compare(a.format == b.format, ".format", Effect::restart);
    compare(a.rotate_size == b.rotate_size, ".rotateSize", Effect::live);
    compare(a.daily == b.daily && a.rotate_every == b.rotate_every, ".rotateEvery", Effect::live);
    compare(a.keep == b.keep, ".keep", Effect::live);
    compare(a.compress == b.compress, ".compress", Effect::live);
    compare(a.max_line == b.max_line, ".maxLine", Effect::restart);
    compare(a.on_full == b.on_full, ".onFull", Effect::live);
}

void compare_logs(const WorkerSpec& a, const WorkerSpec& b, Keys& keys) {
    if (!same_kinds(a, b)) return keys.push_back({"log", Effect::restart});
    for (std::size_t i = 0; i < a.log.size(); ++i)
        compare_log(a.log.size() == 1 ? "log" : "log[" + std::to_string(i) + "]", a.log[i], b.log[i], keys);
}

void compare_process(const WorkerSpec& a, const WorkerSpec& b, Keys& keys) {
    if (a.process == b.process) return;
    const ProcessSpec none;
    const auto& one = a.process.get() != nullptr ? *a.process.get() : none;
    const auto& other = b.process.get() != nullptr ? *b.process.get() : none;
    const auto compare = [&](bool same, const char* key) { note(keys, same, key, Effect::restart); };
    compare(one.user == other.user, "user");
    compare(one.group == other.group, "group");
    compare(one.groups == other.groups, "groups");
    compare(one.umask == other.umask, "umask");
    compare(one.nice == other.nice, "nice");
    compare(one.oom_score_adj == other.oom_score_adj, "oomScoreAdj");
    compare(same_limits(one.rlimits, other.rlimits), "rlimits");
    compare(one.cpus == other.cpus, "cpuAffinity");
    compare(one.no_new_privileges == other.no_new_privileges, "noNewPrivileges");
}

void compare_directories(const WorkerSpec& a, const WorkerSpec& b, Keys& keys) {
    if (a.directories == b.directories) return;
    const DirectoriesSpec none;
    const auto& one = a.directories.get() != nullptr ? *a.directories.get() : none;
    const auto& other = b.directories.get() != nullptr ? *b.directories.get() : none;
    for (const auto kind : all_directory_kinds)
        note(keys, one.of(kind) == other.of(kind), "directories." + std::string(to_text(kind)), Effect::restart);
}

/// The order of dependencies does not matter.
bool same_dependencies(const WorkerSpec& a, const WorkerSpec& b) {
    const auto* one = a.depends_on.get();
    const auto* other = b.depends_on.get();
    if (one == nullptr || other == nullptr) return one == other;
    return one->size() == other->size() && std::is_permutation(one->begin(), one->end(), other->begin());
}

/// Whether only the times of `ready` differ, so that its condition is the same.
bool same_question(const ReadySpec& a, const ReadySpec& b) {
    return a.kind == b.kind && a.pattern == b.pattern && a.probe == b.probe;
}

void compare_ready(const WorkerSpec& a, const WorkerSpec& b, Keys& keys) {
    const auto* one = a.ready.get();
    const auto* other = b.ready.get();
    const bool same = one != nullptr && other != nullptr ? same_question(*one, *other) : one == other;
    if (!same) return keys.push_back({"ready", Effect::restart});
    if (one == nullptr) return;
    note(keys, one->timeout == other->timeout, "ready.timeout", Effect::live);
    note(keys, one->interval == other->interval, "ready.interval", Effect::live);
}

/// The interval of heartbeats that the worker was given when it started; nullopt if it sends none.
std::optional<Millis> heartbeat_of(const WorkerSpec& spec) {
    const auto* health = spec.health.get();
    return health != nullptr && health->kind == HealthSpec::Kind::watchdog ? std::optional{health->interval} : std::nullopt;
}

/// The worker's process does not know about probes. So adding, removing or changing a probe needs no restart.
void compare_health(const WorkerSpec& a, const WorkerSpec& b, Keys& keys) {
    if (a.health == b.health) return;
    const auto* one = a.health.get();
    const auto* other = b.health.get();
    const auto effect = heartbeat_of(a) == heartbeat_of(b) ? Effect::live : Effect::restart;
    const bool same_question = one != nullptr && other != nullptr && one->kind == other->kind && one->probe == other->probe;
    if (!same_question) return keys.push_back({"health", effect});
    note(keys, one->interval == other->interval, "health.interval", effect);
    note(keys, one->timeout == other->timeout, "health.timeout", Effect::live);
    note(keys, one->failures == other->failures, "health.failures", Effect::live);
    note(keys, one->successes == other->successes, "health.successes", Effect::live);
    note(keys, one->grace == other->grace, "health.grace", Effect::live);
    note(keys, one->action == other->action, "health.action", Effect::live);
}

/// The part of `wanted` that applies to a process that was started with the heartbeats of `running`.
Boxed<HealthSpec> live_health(const WorkerSpec& running, const WorkerSpec& wanted) {
    if (heartbeat_of(running) == heartbeat_of(wanted)) return wanted.health;
    auto health = running.health;
    if (!heartbeat_of(running) || !heartbeat_of(wanted)) return health;
    health.make().grace = wanted.health.get()->grace;
    health.make().action = wanted.health.get()->action;
    return health;
}

void compare_hooks(const WorkerSpec& a, const WorkerSpec& b, Keys& keys) {
    const auto same = [](const HookSpec* one, const HookSpec* other) {
        return one != nullptr && other != nullptr ? *one == *other : one == other;
    };
    note(keys, a.reload == b.reload, "reload", Effect::live);
    for (const Hook hook : all_hooks)
        note(keys, same(find_hook(a, hook), find_hook(b, hook)), "hooks." + std::string(to_text(hook)), Effect::live);
}

/// In the order of the reference.
Keys compare(const WorkerSpec& a, const WorkerSpec& b) {
    Keys keys;
    if (a == b) return keys;
    note(keys, a.command == b.command, "command", Effect::restart);
    note(keys, a.cwd == b.cwd, "cwd", Effect::restart);
    note(keys, same_env(a, b), "env", Effect::restart);
    compare_process(a, b, keys);
    compare_directories(a, b, keys);
    note(keys, a.autostart == b.autostart, "autostart", Effect::live);
    note(keys, a.kind == b.kind, "kind", Effect::restart);
    note(keys, a.remain_up == b.remain_up, "remainUp", Effect::restart);
    note(keys, a.start_time == b.start_time, "startTime", Effect::live);
    compare_ready(a, b, keys);
    compare_health(a, b, keys);
    note(keys, a.notify == b.notify, "notify", Effect::restart);
    note(keys, same_dependencies(a, b), "dependsOn", Effect::live);
    compare_hooks(a, b, keys);
    compare_restart(a.restart, b.restart, keys);
    note(keys, a.fatal_exits == b.fatal_exits, "fatalExitCodes", Effect::live);
    note(keys, a.stop == b.stop, "stop", Effect::live);
    note(keys, a.streams == b.streams, "streams", Effect::restart);
    compare_logs(a, b, keys);
    note(keys, a.on_supervisor_death == b.on_supervisor_death, "onSupervisorDeath", Effect::restart);
    return keys;
}

Keys compare_daemon(const Config& a, const Config& b) {
    Keys keys;
    note(keys, a.data_dir == b.data_dir, "dataDir", Effect::restart);
    note(keys, a.control_socket == b.control_socket, "controlSocket", Effect::restart);
    note(keys, a.access == b.access, "access", Effect::live);
    note(keys, a.cgroup == b.cgroup, "cgroup", Effect::restart);
    return keys;
}

}   // namespace

bool WorkerChange::needs_restart() const {
    return std::any_of(keys.begin(), keys.end(), [](const KeyChange& change) { return change.effect == Effect::restart; });
}

bool needs_restart(const WorkerSpec& running, const WorkerSpec& wanted) {
    return WorkerChange{WorkerChange::What::changed, {}, compare(running, wanted)}.needs_restart();
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

WorkerSpec with_hooks(const WorkerSpec& running, const WorkerSpec& wanted) {
    WorkerSpec spec = running;
    spec.hooks = wanted.hooks;
    spec.reload = wanted.reload;
    return spec;
}

WorkerSpec with_live_keys(const WorkerSpec& running, const WorkerSpec& wanted) {
    WorkerSpec spec = with_hooks(running, wanted);
    spec.autostart = wanted.autostart;
    spec.start_time = wanted.start_time;
    spec.restart = wanted.restart;
    spec.fatal_exits = wanted.fatal_exits;
    spec.stop = wanted.stop;
    spec.depends_on = wanted.depends_on;
    spec.instance = wanted.instance;
    const auto* ready = wanted.ready.get();
    if (running.ready.get() != nullptr && ready != nullptr && same_question(*running.ready.get(), *ready))
        spec.ready = wanted.ready;
    spec.health = live_health(running, wanted);
    if (!same_kinds(running, wanted)) return spec;   // settings for other destinations do not apply to these
    for (std::size_t i = 0; i < spec.log.size(); ++i) {
        spec.log[i].rotate_size = wanted.log[i].rotate_size;
        spec.log[i].daily = wanted.log[i].daily;
        spec.log[i].rotate_every = wanted.log[i].rotate_every;
        spec.log[i].keep = wanted.log[i].keep;
        spec.log[i].compress = wanted.log[i].compress;
        spec.log[i].on_full = wanted.log[i].on_full;
    }
    return spec;
}

}   // namespace talos::config
