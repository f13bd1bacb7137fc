#include "config/sections/probe_reader.hpp"

#include "config/document/quotes.hpp"
#include "config/sections/worker_reader.hpp"
#include "core/endpoint.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace talos::config {

namespace {

using Kind = ProbeSpec::Kind;

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

constexpr unsigned lowest_status = 100;
constexpr unsigned highest_status = 599;

std::optional<std::uint16_t> status_of(std::string_view digits) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size() && digits.size() == 3;
    if (!whole || number < lowest_status || number > highest_status) return std::nullopt;
    return static_cast<std::uint16_t>(number);
}

/// A number or a range like `"200-399"`.
std::optional<StatusRange> status_range(const Node& node) {
    if (const auto number = as_number(node)) {
        if (*number < lowest_status || *number > highest_status || *number != static_cast<unsigned>(*number)) return std::nullopt;
        const auto status = static_cast<std::uint16_t>(*number);
        return StatusRange{status, status};
    }
    const auto* word = std::get_if<std::string>(&node.value);
    const auto dash = word != nullptr ? word->find('-') : std::string::npos;
    if (dash == std::string::npos) return std::nullopt;
    const auto first = status_of(std::string_view(*word).substr(0, dash));
    const auto last = status_of(std::string_view(*word).substr(dash + 1));
    return first && last && *first <= *last ? std::optional(StatusRange{*first, *last}) : std::nullopt;
}

void read_status(Reader& reader, const Node& node, std::vector<StatusRange>& statuses) {
    constexpr std::string_view expectation =
        "the status of an answer, from 100 to 599, a range like \"200-399\", or an array of both";
    const auto* elements = std::get_if<Node::Array>(&node.value);
    if (elements != nullptr && elements->empty()) return reader.findings().expected(node, expectation);
    std::vector<StatusRange> read;
    const auto take = [&](const Node& n) {
        if (const auto range = status_range(n)) read.push_back(*range);
        else reader.findings().expected(n, expectation);
    };
    if (elements == nullptr) take(node);
    else
        for (const auto& element : *elements) take(element);
    if (read == std::vector<StatusRange>{StatusRange{}})
        read.clear();   // the default, so that a config that spells it out is the same
    statuses = std::move(read);
}

/// A token of RFC 9110.
bool is_header_name(std::string_view name) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return digit || letter || others.find(c) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return c == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

void read_headers(Reader& reader, const Node& node, std::map<std::string, std::string>& headers) {
    const auto* members = reader.object(node);
    if (members == nullptr) return;
    for (const auto& member : *members) {
        if (!is_header_name(member.key)) {
            reader.findings().add(member.offset, "expected the name of a header like \"Host\", found " + in_quotes(member.key));
            continue;
        }
        const auto* value = reader.text(member.value);
        if (value == nullptr) continue;
        if (!is_header_value(*value)) {
            reader.findings().add(member.value.offset, "a header's value must not have control characters or line breaks");
            continue;
        }
        const auto is_same = [&](const auto& known) { return same_ignoring_case(known.first, member.key); };
        const auto other = std::find_if(headers.begin(), headers.end(), is_same);
        if (other != headers.end() && other->first != member.key)   // the very same is a duplicate key, which is reported as such
            reader.findings().add(member.offset, "the header " + in_quotes(other->first) + " is given already");
        headers.insert_or_assign(member.key, *value);
    }
}

}   // namespace

std::vector<Field> probe_fields(Reader& reader, const Scope& scope, ProbeSpec& probe, std::function<void()> asked) {
    const auto question = [&probe, asked = std::move(asked)](Kind kind) {
        probe.kind = kind;
        asked();
    };
    return {
        {"tcp",
         [&reader, &scope, &probe, question](const Node& n) {
             question(Kind::tcp);
             if (const auto port = as_number(n))
                 return reader.findings().expected(n, "an address with a port",
                                                   "write \"127.0.0.1:" + reader.findings().found(n) + "\"");
             read_target(reader, n, scope, probe.target, parse_endpoint);
         }},
        {"http",
         [&reader, &scope, &probe, question](const Node& n) {
             question(Kind::http);
             read_target(reader, n, scope, probe.target, parse_http_url);
         }},
        {"status", [&reader, &probe](const Node& n) { read_status(reader, n, probe.status); }},
        {"headers", [&reader, &probe](const Node& n) { read_headers(reader, n, probe.headers); }},
        {"exec",
         [&reader, &scope, &probe, question](const Node& n) {
             question(Kind::exec);
             probe.command = read_command(reader, n, scope);
         }},
    };
}

void check_only_for(Reader& reader, const Node::Object& members, std::string_view key, bool fits, std::string_view which) {
    if (const auto* member = find_member(members, key); member != nullptr && !fits)
        reader.findings().add(member->offset, "is only for " + std::string(which));
}

void check_probe_keys(Reader& reader, const Node::Object& members, const ProbeSpec* probe) {
    const bool http = probe != nullptr && probe->kind == Kind::http;
    for (const std::string_view key : {"status", "headers"}) check_only_for(reader, members, key, http, "\"http\"");
}

void read_true(Reader& reader, const Node& node) {
    const auto* value = std::get_if<bool>(&node.value);
    if (value == nullptr || !*value) reader.findings().expected(node, "true");
}

}   // namespace talos::config
