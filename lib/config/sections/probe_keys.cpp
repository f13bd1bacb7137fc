#include "config/sections/probe_keys.hpp"

#include "config/document/quotes.hpp"
#include "config/model/probe_text.hpp"
#include "config/reader/scope.hpp"
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
void read_target(const Reading& reading, const Node& node, std::string& target, Parse parse) {
    auto& reader = reading.reader;
    const auto& scope = *reading.scope;
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

void read_status(const Reading& reading, const Node& node, ProbeSpec& probe) {
    auto& reader = reading.reader;
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
    probe.status = std::move(read);
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

void read_headers(const Reading& reading, const Node& node, ProbeSpec& probe) {
    auto& reader = reading.reader;
    auto& headers = probe.headers;
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

void read_tcp(const Reading& reading, const Node& node, ProbeSpec& probe) {
    probe.kind = Kind::tcp;
    auto& findings = reading.reader.findings();
    if (as_number(node))
        return findings.expected(node, "an address with a port", "write \"127.0.0.1:" + findings.found(node) + "\"");
    read_target(reading, node, probe.target, parse_endpoint);
}

void read_http(const Reading& reading, const Node& node, ProbeSpec& probe) {
    probe.kind = Kind::http;
    read_target(reading, node, probe.target, parse_http_url);
}

void read_exec(const Reading& reading, const Node& node, ProbeSpec& probe) {
    probe.kind = Kind::exec;
    probe.command = read_command(reading.reader, node, *reading.scope);
}

void show_target(const Showing& showing, std::string_view key, const ProbeSpec& probe) {
    showing.writer.put(key, text(probe.target));
}

/// As short as it can be written: a number, a range, or an array of both.
void show_status(const Showing& showing, std::string_view key, const ProbeSpec& probe) {
    const auto& ranges = probe.status;
    const auto one = [](const StatusRange& range) {
        return range.first == range.last ? to_text(range) : '"' + to_text(range) + '"';
    };
    if (ranges.size() < 2) return showing.writer.put(key, ranges.empty() ? "200" : one(ranges.front()));
    std::string all = "[";
    for (const auto& range : ranges) all += (all.size() > 1 ? ", " : "") + one(range);
    showing.writer.put(key, all + "]");
}

void show_headers(const Showing& showing, std::string_view key, const ProbeSpec& probe) {
    showing.writer.open(key, '{');
    for (const auto& [name, value] : probe.headers)
        showing.writer.put(name, text(showing.values == Values::masked ? "***" : value));
    showing.writer.close('}');
}

void show_exec(const Showing& showing, std::string_view key, const ProbeSpec& probe) {
    showing.writer.put(key, plain(probe.command));
}

template <Kind kind>
bool asks(const ProbeSpec& probe) {
    return probe.kind == kind;
}
constexpr Only<ProbeSpec> with_tcp{asks<Kind::tcp>};
constexpr Only<ProbeSpec> with_http{asks<Kind::http>};
constexpr Only<ProbeSpec> with_exec{asks<Kind::exec>};
constexpr Only<ProbeSpec> for_http{asks<Kind::http>, "\"http\""};

constexpr Special<ProbeSpec> tcp_key{.read = read_tcp, .show = show_target};
constexpr Special<ProbeSpec> http_key{.read = read_http, .show = show_target};
constexpr Special<ProbeSpec> status_key{.read = read_status, .show = show_status};
constexpr Special<ProbeSpec> headers_key{.read = read_headers, .show = show_headers};
constexpr Special<ProbeSpec> exec_key{.read = read_exec, .show = show_exec};

constexpr Key<ProbeSpec> table[]{
    special_key("tcp", tcp_key).where(with_tcp),       special_key("http", http_key).where(with_http),
    special_key("status", status_key).where(for_http), special_key("headers", headers_key).where(for_http),
    special_key("exec", exec_key).where(with_exec),
};

}   // namespace

Keys<ProbeSpec> probe_keys() { return table; }

bool is_probe_question(std::string_view key) { return key == "tcp" || key == "http" || key == "exec"; }

void read_true(Reader& reader, const Node& node) {
    const auto* value = std::get_if<bool>(&node.value);
    if (value == nullptr || !*value) reader.findings().expected(node, "true");
}

}   // namespace talos::config
