#include "config/sections/process_reader.hpp"
#include "config/json/syntax.hpp"
#include "core/resource_limit.hpp"
#include "core/size.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <charconv>
#include <set>

namespace talos::config {
namespace {

constexpr unsigned highest_cpu = 8191;                 // the largest that Linux can be built for
constexpr double largest_limit = 9007199254740992.0;   // 2^53: what every JSON reader holds exactly

std::optional<unsigned> take_number(std::string_view& text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number > highest_cpu) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

/// Nothing for what is not in that format.
std::optional<std::set<unsigned>> parse_cpus(std::string_view text) {
    std::set<unsigned> cpus;
    do {
        const auto first = take_number(text);
        const auto last = first && take(text, '-') ? take_number(text) : first;
        if (!first || !last || *last < *first) return std::nullopt;
        for (unsigned cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
    } while (take(text, ','));
    return text.empty() ? std::optional{cpus} : std::nullopt;
}

std::optional<std::uint64_t> limit_of(const Node& node, const ResourceKind& kind) {
    if (const auto* word = std::get_if<std::string>(&node.value)) {
        if (*word == "unlimited") return unlimited;
        const auto size = kind.in_bytes ? parse_size(*word) : Result<std::uint64_t>(refused(""));
        return size ? std::optional{*size} : std::nullopt;
    }
    const auto value = as_number(node);
    if (!value || !(*value >= 0) || *value > largest_limit) return std::nullopt;
    const auto whole = static_cast<std::uint64_t>(*value);   // not trunc(3): all of libm would be loaded for it
    return static_cast<double>(whole) == *value ? std::optional{whole} : std::nullopt;
}

void read_limit(Reader& reader, const Node& node, const ResourceKind& kind, std::optional<std::uint64_t>& target) {
    target = limit_of(node, kind);
    if (target) return;
    const std::string_view size = kind.in_bytes ? "a size like \"64MiB\", " : "";
    reader.findings().expected(node, std::string(size) + "a whole number that is not negative, or \"unlimited\"");
}

ResourceLimit read_limits(Reader& reader, const Node& node, const ResourceKind& kind) {
    ResourceLimit limit;
    limit.resource = kind.number;
    if (!std::holds_alternative<Node::Object>(node.value)) {
        read_limit(reader, node, kind, limit.soft);
        limit.hard = limit.soft;
        return limit;
    }
    const auto* members = reader.fields(node, {
                                                  {"soft", [&](const Node& n) { read_limit(reader, n, kind, limit.soft); }},
                                                  {"hard", [&](const Node& n) { read_limit(reader, n, kind, limit.hard); }},
                                              });
    if (members != nullptr && members->empty()) reader.findings().expected(node, "\"soft\", \"hard\" or both");
    if (limit.soft && limit.hard && *limit.soft > *limit.hard)
        reader.findings().expected(node, "a soft limit that is not above the hard one");
    return limit;
}

}   // namespace

void read_account(Reader& reader, const Node& node, std::string& target, std::string_view kind) {
    const std::string what = "the name or number of a " + std::string(kind) + ", as a string";
    const auto* name = reader.text(node, what);
    if (name == nullptr) return;
    if (name->empty()) return reader.findings().expected(node, what);
    target = *name;
}

void read_groups(Reader& reader, const Node& node, ProcessSpec& process) {
    const auto* elements = reader.array(node, "an array of groups like [\"adm\", \"video\"]");
    if (elements == nullptr) return;
    auto& groups = process.groups.emplace();
    for (const auto& element : *elements) read_account(reader, element, groups.emplace_back(), "group");
}

void read_umask(Reader& reader, const Node& node, ProcessSpec& process) {
    const auto* word = std::get_if<std::string>(&node.value);
    std::uint32_t mask = 0;
    const bool four = word != nullptr && word->size() == 4 && word->front() == '0' &&
                      std::all_of(word->begin(), word->end(), [](char c) { return c >= '0' && c <= '7'; });
    if (!four) return reader.findings().expected(node, "a mask of four octal digits like \"0027\"");
    (void)std::from_chars(word->data(), word->data() + word->size(), mask, 8);
    process.umask = mask;
}

void read_rlimits(Reader& reader, const Node& node, ProcessSpec& process) {
    std::vector<Field> known;
    for (const auto& kind : resource_kinds())
        known.push_back({kind.name, [&](const Node& n) { process.rlimits.push_back(read_limits(reader, n, kind)); }});
    process.rlimits.clear();
    (void)reader.fields(node, known);
}

void read_cpus(Reader& reader, const Node& node, ProcessSpec& process) {
    const auto* word = std::get_if<std::string>(&node.value);
    const auto cpus = word != nullptr ? parse_cpus(*word) : std::nullopt;
    if (!cpus)
        return reader.findings().expected(node,
                                          "a list of processors like \"0-3,8\", each at most " + std::to_string(highest_cpu));
    process.cpus.assign(cpus->begin(), cpus->end());
}

}   // namespace talos::config
