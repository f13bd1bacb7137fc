#include "config/sections/ready_keys.hpp"

#include "config/reader/scope.hpp"
#include "config/sections/probe_keys.hpp"
#include "core/pattern.hpp"

#include <algorithm>

namespace talos::config {
namespace {

using namespace std::chrono_literals;
using Kind = ReadySpec::Kind;

void read_notify(const Reading& reading, const Node& node, ReadySpec& ready) {
    ready.kind = Kind::notify;
    read_true(reading.reader, node);
}

/// The one descriptor that a worker can be given.
void read_descriptor(const Reading& reading, const Node& node, ReadySpec& ready) {
    ready.kind = Kind::fd;
    if (as_number(node) != 3.0) reading.reader.findings().expected(node, "3, the only descriptor that a worker is given");
}

void read_pattern(const Reading& reading, const Node& node, ReadySpec& ready) {
    ready.kind = Kind::log;
    constexpr std::string_view what = "a regular expression";
    auto& findings = reading.reader.findings();
    const auto* text = reading.reader.text(node, what);
    if (text == nullptr) return;
    if (text->empty()) return findings.expected(node, what);
    for (const auto& meant : reading.scope->meant(*text))
        if (const auto pattern = Pattern::make(meant); !pattern) return findings.add(node.offset, pattern.error().message());
    ready.pattern = *text;
}

void show_notify(const Showing& showing, std::string_view key, const ReadySpec&) { showing.writer.put(key, "true"); }
void show_descriptor(const Showing& showing, std::string_view key, const ReadySpec&) { showing.writer.put(key, "3"); }
void show_pattern(const Showing& showing, std::string_view key, const ReadySpec& ready) {
    showing.writer.put(key, text(ready.pattern));
}

template <Kind kind>
bool asks(const ReadySpec& ready) {
    return ready.kind == kind;
}
constexpr Only<ReadySpec> with_notify{asks<Kind::notify>};
constexpr Only<ReadySpec> with_descriptor{asks<Kind::fd>};
constexpr Only<ReadySpec> with_log{asks<Kind::log>};
constexpr Only<ReadySpec> for_probes{asks<Kind::probe>, all_probes};

constexpr Special<ReadySpec> notify_key{.read = read_notify, .show = show_notify};
constexpr Special<ReadySpec> descriptor_key{.read = read_descriptor, .show = show_descriptor};
constexpr Special<ReadySpec> pattern_key{.read = read_pattern, .show = show_pattern};

constexpr Key<ReadySpec> table[]{
    special_key("notify", notify_key, Effect::restart).where(with_notify),
    special_key("fd", descriptor_key, Effect::restart).where(with_descriptor),
    special_key("log", pattern_key, Effect::restart).where(with_log),
    key<&ReadySpec::timeout>("timeout", codec::Duration{.least = 1ms}),
    key<&ReadySpec::interval>("interval", codec::Duration{.least = 10ms}).where(for_probes),
};

bool is_question(const Member& member) {
    return member.key == "notify" || member.key == "fd" || member.key == "log" || is_probe_question(member.key);
}

void read(const Reading& reading, const Node& node, WorkerSpec& worker) {
    auto& ready = worker.ready.make();
    const auto* members = read_section(reading, node, {}, Part{probe_keys(), ready.probe}, Part{ready_keys(), ready});
    if (members == nullptr) return;
    if (std::count_if(members->begin(), members->end(), is_question) != 1)
        return reading.reader.findings().add(node.offset,
                                             R"(needs exactly one of "notify", "fd", "tcp", "http", "exec" and "log")");
    const auto asked = std::find_if(members->begin(), members->end(), is_question);
    if (is_probe_question(asked->key)) ready.kind = Kind::probe;
    check_only(reading.reader, *members, probe_keys(), ready.probe);
    check_only(reading.reader, *members, ready_keys(), ready);
}

void show(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    const auto* ready = worker.ready.get();
    if (ready == nullptr) return;
    showing.writer.open(key, '{');
    if (ready->kind == Kind::probe) show_section(showing, probe_keys(), ready->probe);
    show_section(showing, ready_keys(), *ready);
    showing.writer.close('}');
}

/// With only the times of it changed, `ready` asks the same of the worker.
bool same_question(const WorkerSpec& a, const WorkerSpec& b) {
    const auto* one = a.ready.get();
    const auto* other = b.ready.get();
    if (one == nullptr || other == nullptr) return one == other;
    return one->kind == other->kind && one->pattern == other->pattern && one->probe == other->probe;
}

void compare(const WorkerSpec& a, const WorkerSpec& b, const Changes& changes) {
    if (!same_question(a, b)) return changes.note("ready", false, Effect::restart);
    if (a.ready.get() != nullptr) compare_section(ready_keys(), *a.ready.get(), *b.ready.get(), Changes{changes.keys, "ready."});
}

void take(WorkerSpec& worker, const WorkerSpec& wanted) {
    if (same_question(worker, wanted)) worker.ready = wanted.ready;
}

}   // namespace

Keys<ReadySpec> ready_keys() { return table; }

constinit const Special<WorkerSpec> ready_key{.read = read, .show = show, .compare = compare, .take = take};

}   // namespace talos::config
