#include "config/use/show_questions.hpp"

#include "config/model/probe_text.hpp"
#include "core/duration.hpp"

namespace talos::config {

namespace {

/// In the shortest form: a number, a range, or an array of both.
void write_status(ShowWriter& writer, const std::vector<StatusRange>& ranges) {
    const auto one = [](const StatusRange& range) {
        return range.first == range.last ? to_text(range) : '"' + to_text(range) + '"';
    };
    if (ranges.size() < 2) return writer.put("status", ranges.empty() ? "200" : one(ranges.front()));
    std::string all = "[";
    for (const auto& range : ranges) all += (all.size() > 1 ? ", " : "") + one(range);
    writer.put("status", all + "]");
}

void write_probe(ShowWriter& writer, const ProbeSpec& probe, Values values) {
    switch (probe.kind) {
    case ProbeSpec::Kind::tcp: return writer.put("tcp", text(probe.target));
    case ProbeSpec::Kind::http:
        writer.put("http", text(probe.target));
        write_status(writer, probe.status);
        writer.open("headers", '{');
        for (const auto& [name, value] : probe.headers) writer.put(name, text(values == Values::masked ? "***" : value));
        return writer.close('}');
    case ProbeSpec::Kind::exec: return writer.put("exec", plain(probe.command));
    }
}

}   // namespace

void write_ready(ShowWriter& writer, const ReadySpec& ready, Values values) {
    writer.open("ready", '{');
    switch (ready.kind) {
    case ReadySpec::Kind::notify: writer.put("notify", "true"); break;
    case ReadySpec::Kind::fd: writer.put("fd", "3"); break;
    case ReadySpec::Kind::log: writer.put("log", text(ready.pattern)); break;
    case ReadySpec::Kind::probe: write_probe(writer, ready.probe, values); break;
    }
    writer.put("timeout", text(format_duration(ready.timeout)));
    if (ready.kind == ReadySpec::Kind::probe) writer.put("interval", text(format_duration(ready.interval)));
    writer.close('}');
}

void write_health(ShowWriter& writer, const HealthSpec& health, Values values) {
    const bool probes = health.kind == HealthSpec::Kind::probe;
    writer.open("health", '{');
    if (probes) write_probe(writer, health.probe, values);
    else writer.put("watchdog", "true");
    writer.put("interval", text(format_duration(health.interval)));
    if (probes) {
        writer.put("timeout", text(format_duration(health.timeout)));
        writer.put("failures", std::to_string(health.failures));
        writer.put("successes", std::to_string(health.successes));
    }
    writer.put("grace", text(format_duration(health.grace)));
    writer.put("action", text(health.action == HealthSpec::Action::mark ? "mark" : "restart"));
    writer.close('}');
}

}   // namespace talos::config
