#include "config/sections/process_keys.hpp"

#include "config/model/cpu_list.hpp"
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

constexpr codec::Name user_name{"the name or number of a user, as a string"};
constexpr codec::Octal<std::optional<std::uint32_t>> mask{.most = 0777,
                                                          .expectation = "a mask of four octal digits like \"0027\""};
constexpr codec::Name group_name{"the name or number of a group, as a string"};

void read_groups(const Reading& reading, const Node& node, ProcessSpec& process) {
    const auto* elements = reading.reader.array(node, "an array of groups like [\"adm\", \"video\"]");
    if (elements == nullptr) return;
    auto& groups = process.groups.emplace();
    for (const auto& element : *elements) read_value(group_name, reading.reader, element, &groups.emplace_back());
}

void show_groups(const Showing& showing, std::string_view key, const ProcessSpec& process) {
    if (process.groups) showing.writer.put(key, list(*process.groups));
}

/// `{"nofile": 1024, "core": {"soft": "0B", "hard": "unlimited"}}`
void read_rlimits(const Reading& reading, const Node& node, ProcessSpec& process) {
    std::vector<Field> known;
    for (const auto& kind : resource_kinds())
        known.push_back({kind.name, [&](const Node& n) { process.rlimits.push_back(read_limits(reading.reader, n, kind)); }});
    process.rlimits.clear();
    (void)reading.reader.fields(node, known);
}

std::string limit_text(const std::optional<std::uint64_t>& value) {
    return *value == unlimited ? text("unlimited") : std::to_string(*value);
}

void show_limit(const Showing& showing, const ResourceLimit& limit) {
    const auto name = resource_name(limit.resource);
    if (limit.soft && limit.soft == limit.hard) return showing.writer.put(name, limit_text(limit.soft));
    showing.writer.open_line(name);
    if (limit.soft) showing.writer.put("soft", limit_text(limit.soft));
    if (limit.hard) showing.writer.put("hard", limit_text(limit.hard));
    showing.writer.close_line();
}

void show_rlimits(const Showing& showing, std::string_view key, const ProcessSpec& process) {
    if (process.rlimits.empty()) return;
    showing.writer.open(key, '{');
    for (const auto& limit : process.rlimits) show_limit(showing, limit);
    showing.writer.close('}');
}

/// An object's order means nothing.
bool same_rlimits(const ProcessSpec& a, const ProcessSpec& b) {
    return a.rlimits.size() == b.rlimits.size() &&
           std::all_of(a.rlimits.begin(), a.rlimits.end(), [&](const ResourceLimit& limit) {
               return std::find(b.rlimits.begin(), b.rlimits.end(), limit) != b.rlimits.end();
           });
}

/// `"0-3,8"`, the list format of cpuset(7).
void read_cpus(const Reading& reading, const Node& node, ProcessSpec& process) {
    const auto* word = std::get_if<std::string>(&node.value);
    const auto cpus = word != nullptr ? parse_cpus(*word) : std::nullopt;
    if (!cpus)
        return reading.reader.findings().expected(node, "a list of processors like \"0-3,8\", each at most " +
                                                            std::to_string(highest_cpu));
    process.cpus.assign(cpus->begin(), cpus->end());
}

void show_cpus(const Showing& showing, std::string_view key, const ProcessSpec& process) {
    if (!process.cpus.empty()) showing.writer.put(key, text(format_cpus(process.cpus)));
}

template <auto Member>
bool same_member(const ProcessSpec& a, const ProcessSpec& b) {
    return a.*Member == b.*Member;
}

constexpr Only<ProcessSpec> with_user{[](const ProcessSpec& process) { return !process.user.empty(); }};
constexpr Only<ProcessSpec> with_group{[](const ProcessSpec& process) { return !process.group.empty(); }};
constexpr Special<ProcessSpec> groups_key{.read = read_groups, .show = show_groups, .same = same_member<&ProcessSpec::groups>};
constexpr Special<ProcessSpec> rlimits_key{.read = read_rlimits, .show = show_rlimits, .same = same_rlimits};
constexpr Special<ProcessSpec> cpus_key{.read = read_cpus, .show = show_cpus, .same = same_member<&ProcessSpec::cpus>};

constexpr Key<ProcessSpec> table[]{
    key<&ProcessSpec::user>("user", user_name, Effect::restart).where(with_user),
    key<&ProcessSpec::group>("group", group_name, Effect::restart).where(with_group),
    special_key("groups", groups_key, Effect::restart),
    key<&ProcessSpec::umask>("umask", mask, Effect::restart),
    key<&ProcessSpec::nice>("nice", codec::OptionalWhole{.least = -20, .most = 19}, Effect::restart),
    key<&ProcessSpec::oom_score_adj>("oomScoreAdj", codec::OptionalWhole{.least = -1000, .most = 1000}, Effect::restart),
    special_key("rlimits", rlimits_key, Effect::restart),
    special_key("cpuAffinity", cpus_key, Effect::restart),
    key<&ProcessSpec::no_new_privileges>("noNewPrivileges", codec::Bool{}, Effect::restart),
};

}   // namespace

Keys<ProcessSpec> process_keys() { return table; }

}   // namespace talos::config
