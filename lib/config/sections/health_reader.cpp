#include "config/sections/health_reader.hpp"

#include "config/sections/probe_reader.hpp"

namespace talos::config {

namespace {

using namespace std::chrono_literals;
using Kind = HealthSpec::Kind;
using Action = HealthSpec::Action;

constexpr std::int32_t most_in_a_row = 1'000'000;

void read_count(Reader& reader, const Node& node, std::uint32_t& target) {
    std::optional<std::int32_t> count;
    reader.integer(node, count, 1, most_in_a_row);
    if (count) target = static_cast<std::uint32_t>(*count);
}

}   // namespace

void read_health(Reader& reader, const Node& node, const Scope& scope, HealthSpec& health) {
    int questions = 0;
    const auto ask = [&](Kind kind) {
        health.kind = kind;
        ++questions;
    };
    auto fields = probe_fields(reader, scope, health.probe, [&] { ask(Kind::probe); });
    const auto own = std::initializer_list<Field>{
        {"watchdog",
         [&](const Node& n) {
             ask(Kind::watchdog);
             read_true(reader, n);
         }},
        {"interval", [&](const Node& n) { reader.duration(n, health.interval, 10ms); }},
        {"timeout", [&](const Node& n) { reader.duration(n, health.timeout, 1ms); }},
        {"failures", [&](const Node& n) { read_count(reader, n, health.failures); }},
        {"successes", [&](const Node& n) { read_count(reader, n, health.successes); }},
        {"grace", [&](const Node& n) { reader.duration(n, health.grace); }},
        {"action",
         [&](const Node& n) {
             reader.choice<Action>(n, health.action, {{"restart", Action::restart}, {"mark", Action::mark}});
         }},
    };
    fields.insert(fields.end(), own.begin(), own.end());
    const auto* members = reader.fields(node, fields);
    if (members == nullptr) return;
    if (questions != 1) return reader.findings().add(node.offset, R"(needs exactly one of "tcp", "http", "exec" and "watchdog")");
    const bool probes = health.kind == Kind::probe;
    check_probe_keys(reader, *members, probes ? &health.probe : nullptr);
    for (const std::string_view key : {"timeout", "failures", "successes"})
        check_only_for(reader, *members, key, probes, "\"tcp\", \"http\" and \"exec\"");
}

}   // namespace talos::config
