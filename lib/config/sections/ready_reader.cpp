#include "config/sections/ready_reader.hpp"

#include "config/reader/scope.hpp"
#include "config/sections/probe_reader.hpp"
#include "core/pattern.hpp"

namespace talos::config {

namespace {

using namespace std::chrono_literals;
using Kind = ReadySpec::Kind;

/// The one descriptor that a worker can be given.
void read_descriptor(Reader& reader, const Node& node) {
    if (as_number(node) != 3.0) reader.findings().expected(node, "3, the only descriptor that a worker is given");
}

void read_pattern(Reader& reader, const Node& node, const Scope& scope, std::string& target) {
    constexpr std::string_view what = "a regular expression";
    const auto* text = reader.text(node, what);
    if (text == nullptr) return;
    if (text->empty()) return reader.findings().expected(node, what);
    for (const auto& meant : scope.meant(*text))
        if (const auto pattern = Pattern::make(meant); !pattern)
            return reader.findings().add(node.offset, pattern.error().message());
    target = *text;
}

constexpr std::string_view questions_text = R"("notify", "fd", "tcp", "http", "exec" and "log")";

}   // namespace

void read_ready(Reader& reader, const Node& node, const Scope& scope, ReadySpec& ready) {
    int questions = 0;
    const auto ask = [&](Kind kind) {
        ready.kind = kind;
        ++questions;
    };
    auto fields = probe_fields(reader, scope, ready.probe, [&] { ask(Kind::probe); });
    const auto own = std::initializer_list<Field>{
        {"notify",
         [&](const Node& n) {
             ask(Kind::notify);
             read_true(reader, n);
         }},
        {"fd",
         [&](const Node& n) {
             ask(Kind::fd);
             read_descriptor(reader, n);
         }},
        {"log",
         [&](const Node& n) {
             ask(Kind::log);
             read_pattern(reader, n, scope, ready.pattern);
         }},
        {"timeout", [&](const Node& n) { reader.duration(n, ready.timeout, 1ms); }},
        {"interval", [&](const Node& n) { reader.duration(n, ready.interval, 10ms); }},
    };
    fields.insert(fields.end(), own.begin(), own.end());
    const auto* members = reader.fields(node, fields);
    if (members == nullptr) return;
    if (questions != 1) return reader.findings().add(node.offset, "needs exactly one of " + std::string(questions_text));
    const bool probes = ready.kind == Kind::probe;
    check_probe_keys(reader, *members, probes ? &ready.probe : nullptr);
    check_only_for(reader, *members, "interval", probes, "\"tcp\", \"http\" and \"exec\"");
}

}   // namespace talos::config
