#include "config/sections/access_reader.hpp"

#include <string_view>

namespace talos::config {
namespace {

/// A string that is not empty.
void read_word(Reader& reader, const Node& node, std::string& target, std::string_view expectation) {
    const auto* value = reader.text(node, expectation);
    if (value == nullptr) return;
    if (value->empty()) return reader.findings().expected(node, expectation);
    target = *value;
}

void check_who(Reader& reader, const Node& node, const Node::Object& members) {
    const bool user = find_member(members, "user") != nullptr;
    const bool group = find_member(members, "group") != nullptr;
    if (user && group) reader.findings().add(node.offset, "expected either \"user\" or \"group\", found both");
    if (!user && !group) reader.findings().add(node.offset, "the key \"user\" or \"group\" is missing: whom it is about");
}

AccessRule read_rule(Reader& reader, const Node& node) {
    using May = AccessRule::May;
    AccessRule rule;
    const auto* members = reader.fields(
        node,
        {
            {"user", [&](const Node& n) { read_word(reader, n, rule.user, "the name or number of a user, as a string"); }},
            {"group", [&](const Node& n) { read_word(reader, n, rule.group, "the name or number of a group, as a string"); }},
            {"may",
             [&](const Node& n) {
                 reader.choice<May>(n, rule.may, {{"read", May::read}, {"control", May::control}});
             }},
            {"workers", [&](const Node& n) { read_word(reader, n, rule.workers, "a worker's name or a pattern like \"web*\""); }},
        });
    if (members != nullptr) check_who(reader, node, *members);
    return rule;
}

}   // namespace

std::vector<AccessRule> read_access(Reader& reader, const Node& node) {
    std::vector<AccessRule> rules;
    const auto* elements = reader.array(node, "an array of rules like {\"user\": \"alice\", \"may\": \"read\"}");
    if (elements == nullptr) return rules;
    for (const auto& element : *elements) rules.push_back(read_rule(reader, element));
    return rules;
}

}   // namespace talos::config
