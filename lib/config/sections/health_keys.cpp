#include "config/sections/health_keys.hpp"

#include "config/sections/probe_keys.hpp"

#include <algorithm>
#include <optional>

namespace talos::config {
namespace {

using namespace std::chrono_literals;
using Kind = HealthSpec::Kind;

constexpr std::uint32_t most_in_a_row = 1'000'000;

constexpr std::string_view action_words[]{"restart", "mark"};
constexpr codec::Enumeration<HealthSpec::Action> actions{action_words};

void read_watchdog(const Reading& reading, const Node& node, HealthSpec& health) {
    health.kind = Kind::watchdog;
    read_true(reading.reader, node);
}

void show_watchdog(const Showing& showing, std::string_view key, const HealthSpec&) { showing.writer.put(key, "true"); }

template <Kind kind>
bool asks(const HealthSpec& health) {
    return health.kind == kind;
}
constexpr Only<HealthSpec> with_watchdog{asks<Kind::watchdog>};
constexpr Only<HealthSpec> for_probes{asks<Kind::probe>, all_probes};

constexpr Special<HealthSpec> watchdog_key{.read = read_watchdog, .show = show_watchdog};

constexpr Key<HealthSpec> table[]{
    special_key("watchdog", watchdog_key, Effect::restart).where(with_watchdog),
    key<&HealthSpec::interval>("interval", codec::Duration{.least = 10ms}),
    key<&HealthSpec::timeout>("timeout", codec::Duration{.least = 1ms}).where(for_probes),
    key<&HealthSpec::failures>("failures", codec::Whole{.least = 1, .most = most_in_a_row}).where(for_probes),
    key<&HealthSpec::successes>("successes", codec::Whole{.least = 1, .most = most_in_a_row}).where(for_probes),
    key<&HealthSpec::grace>("grace", codec::Duration{}),
    key<&HealthSpec::action>("action", actions),
};

bool is_question(const Member& member) { return member.key == "watchdog" || is_probe_question(member.key); }

void read(const Reading& reading, const Node& node, WorkerSpec& worker) {
    auto& health = worker.health.make();
    const auto* members = read_section(reading, node, {}, Part{probe_keys(), health.probe}, Part{health_keys(), health});
    if (members == nullptr) return;
    if (std::count_if(members->begin(), members->end(), is_question) != 1)
        return reading.reader.findings().add(node.offset, R"(needs exactly one of "tcp", "http", "exec" and "watchdog")");
    check_only(reading.reader, *members, probe_keys(), health.probe);
    check_only(reading.reader, *members, health_keys(), health);
}

void show(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    const auto* health = worker.health.get();
    if (health == nullptr) return;
    showing.writer.open(key, '{');
    if (health->kind == Kind::probe) show_section(showing, probe_keys(), health->probe);
    show_section(showing, health_keys(), *health);
    showing.writer.close('}');
}

/// How long a worker has between two heartbeats, which it was told when it was started; nothing when none are expected.
std::optional<Millis> heartbeat_of(const WorkerSpec& worker) {
    const auto* health = worker.health.get();
    return health != nullptr && health->kind == Kind::watchdog ? std::optional{health->interval} : std::nullopt;
}

/// talosd sends probes from outside: the worker's process does not know of them.
void compare(const WorkerSpec& a, const WorkerSpec& b, const Changes& changes) {
    if (a.health == b.health) return;
    const auto* one = a.health.get();
    const auto* other = b.health.get();
    const auto effect = heartbeat_of(a) == heartbeat_of(b) ? Effect::live : Effect::restart;
    const bool same_question = one != nullptr && other != nullptr && one->kind == other->kind && one->probe == other->probe;
    if (!same_question) return changes.note("health", false, effect);
    const auto before = changes.keys.size();
    compare_section(health_keys(), *one, *other, Changes{changes.keys, "health."});
    for (auto i = before; i < changes.keys.size(); ++i)
        if (changes.keys[i].key == "health.interval") changes.keys[i].effect = effect;
}

/// `wanted` as far as it can be for a process that knows the heartbeats it was told of.
void take(WorkerSpec& worker, const WorkerSpec& wanted) {
    if (heartbeat_of(worker) == heartbeat_of(wanted)) {
        worker.health = wanted.health;
    } else if (heartbeat_of(worker) && heartbeat_of(wanted)) {
        worker.health.make().grace = wanted.health.get()->grace;
        worker.health.make().action = wanted.health.get()->action;
    }
}

}   // namespace

Keys<HealthSpec> health_keys() { return table; }

constinit const Special<WorkerSpec> health_key{.read = read, .show = show, .compare = compare, .take = take};

}   // namespace talos::config
