#include "config/ready_reader.hpp"

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

void read_pattern(Reader& reader, const Node& node, std::string& target) {
    constexpr std::string_view what = "a regular expression";
    const auto* text = reader.text(node, what);
    if (text == nullptr) return;
    if (text->empty()) return reader.findings().expected(node, what);
    const auto pattern = Pattern::make(*text);
    if (!pattern) return reader.findings().add(node.offset, pattern.error().message());
    target = *text;
}

}  // namespace

void read_ready(Reader& reader, const Node& node, ReadySpec& ready) {
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
        {"log", [&](const Node& n) {
            ask(Kind::log);
            read_pattern(reader, n, ready.target);
        }},
        {"timeout", [&](const Node& n) { reader.duration(n, ready.timeout, 1ms); }},
    });
    if (members != nullptr && questions != 1) reader.findings().add(node.offset, "needs exactly one of \"notify\", \"fd\" and \"log\"");
}

}  // namespace talos::config
