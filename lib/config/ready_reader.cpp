#include "config/ready_reader.hpp"

#include "config/worker_reader.hpp"
#include "core/endpoint.hpp"
#include "core/pattern.hpp"

namespace talos::config {

namespace {

using namespace std::chrono_literals;
using Kind = ReadySpec::Kind;

void read_true(Reader& reader, const Node& node) {
    const auto* value = std::get_if<bool>(&node.value);
    if (value == nullptr || !*value) reader.findings().expected(node, "true");
}

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
        if (const auto pattern = Pattern::make(meant); !pattern) return reader.findings().add(node.offset, pattern.error().message());
    target = *text;
}

/// A text that `parse` makes sense of.
template <class Parse>
void read_target(Reader& reader, const Node& node, const Scope& scope, std::string& target, Parse parse) {
    const auto* text = reader.text(node);
    if (text == nullptr) return;
    for (const auto& meant : scope.meant(*text))
        if (const auto parsed = parse(meant); !parsed)
            return reader.findings().expected(node, parsed.error().message(), scope.hint(*text, meant));
    target = *text;
}

void read_status(Reader& reader, const Node& node, std::uint32_t& status) {
    constexpr std::uint32_t lowest = 100;
    constexpr std::uint32_t highest = 599;
    const auto number = as_number(node);
    if (!number || *number < lowest || *number > highest || *number != static_cast<std::uint32_t>(*number))
        return reader.findings().expected(node, "the status of an answer, from 100 to 599");
    status = static_cast<std::uint32_t>(*number);
}

constexpr std::string_view questions_text = R"("notify", "fd", "tcp", "http", "exec" and "log")";

}  // namespace

void read_ready(Reader& reader, const Node& node, const Scope& scope, ReadySpec& ready) {
    int questions = 0;
    const auto ask = [&](Kind kind) {
        ready.kind = kind;
        ++questions;
    };
    const auto* members = reader.fields(node, {
        {"notify", [&](const Node& n) {
            ask(Kind::notify);
            read_true(reader, n);
        }},
        {"fd", [&](const Node& n) {
            ask(Kind::fd);
            read_descriptor(reader, n);
        }},
        {"tcp", [&](const Node& n) {
            ask(Kind::tcp);
            read_target(reader, n, scope, ready.target, parse_endpoint);
        }},
        {"http", [&](const Node& n) {
            ask(Kind::http);
            read_target(reader, n, scope, ready.target, parse_http_url);
        }},
        {"status", [&](const Node& n) { read_status(reader, n, ready.status); }},
        {"exec", [&](const Node& n) {
            ask(Kind::exec);
            ready.command = read_command(reader, n, scope);
        }},
        {"log", [&](const Node& n) {
            ask(Kind::log);
            read_pattern(reader, n, scope, ready.target);
        }},
        {"timeout", [&](const Node& n) { reader.duration(n, ready.timeout, 1ms); }},
        {"interval", [&](const Node& n) { reader.duration(n, ready.interval, 10ms); }},
    });
    if (members == nullptr) return;
    if (questions != 1) return reader.findings().add(node.offset, "needs exactly one of " + std::string(questions_text));
    const auto only_for = [&](std::string_view key, bool fits, std::string_view which) {
        if (const auto* member = find_member(*members, key); member != nullptr && !fits)
            reader.findings().add(member->offset, "is only for " + std::string(which));
    };
    only_for("status", ready.kind == Kind::http, "\"http\"");
    only_for("interval", looks_again(ready.kind), "\"tcp\", \"http\" and \"exec\"");
}

}  // namespace talos::config
