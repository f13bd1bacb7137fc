#include "config/load/access_keys.hpp"

#include <string_view>

namespace talos::config {
namespace {

constexpr std::string_view may_words[]{"read", "control"};
constexpr codec::Enumeration<AccessRule::May> permissions{may_words};

constexpr Only<AccessRule> about_user{[](const AccessRule& rule) { return rule.group.empty(); }};
constexpr Only<AccessRule> about_group{[](const AccessRule& rule) { return !rule.group.empty(); }};

constexpr Key<AccessRule> table[]{
    key<&AccessRule::user>("user", codec::Name{"the name or number of a user, as a string"}).where(about_user),
    key<&AccessRule::group>("group", codec::Name{"the name or number of a group, as a string"}).where(about_group),
    key<&AccessRule::may>("may", permissions),
    key<&AccessRule::workers>("workers", codec::Name{"a worker's name or a pattern like \"web*\""}),
};

void check_who(Reader& reader, const Node& node, const Node::Object& members) {
    const bool user = find_member(members, "user") != nullptr;
    const bool group = find_member(members, "group") != nullptr;
    if (user && group) reader.findings().add(node.offset, "expected either \"user\" or \"group\", found both");
    if (!user && !group) reader.findings().add(node.offset, "the key \"user\" or \"group\" is missing: whom it is about");
}

}   // namespace

Keys<AccessRule> access_keys() { return table; }

std::vector<AccessRule> read_access(const Reading& reading, const Node& node) {
    std::vector<AccessRule> rules;
    const auto* elements = reading.reader.array(node, "an array of rules like {\"user\": \"alice\", \"may\": \"read\"}");
    if (elements == nullptr) return rules;
    for (const auto& element : *elements)
        if (const auto* members = read_section(reading, element, access_keys(), rules.emplace_back()))
            check_who(reading.reader, element, *members);
    return rules;
}

void show_access(const Showing& showing, std::string_view key, const std::vector<AccessRule>& rules) {
    showing.writer.open(key, '[');
    for (const auto& rule : rules) show_line(showing, no_key, access_keys(), rule);
    showing.writer.close(']');
}

}   // namespace talos::config
