#include "config/reader/merge.hpp"

#include "config/reader/reader.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace talos::config {
namespace {

constexpr std::array<std::string_view, 8> merged_keys{"env", "dependsOn", "restart", "stop",
                                                      "log", "rlimits",   "hooks",   "directories"};

/// `combine` makes one member of two with the same key.
template <class Combine>
Node::Object overlay(const Node::Object& base, const Node::Object& over, Combine combine) {
    std::unordered_map<std::string_view, std::size_t> known;
    for (std::size_t i = 0; i < base.size(); ++i) known.emplace(base[i].key, i);
    Node::Object result = base;
    for (const auto& member : over) {
        const auto below = known.find(member.key);
        if (below == known.end()) result.push_back(member);
        else result[below->second] = combine(base[below->second], member);
    }
    return result;
}

/// What can be laid over another one key by key; nothing for what is replaced.
std::optional<Node::Object> as_object(const Member& member) {
    if (const auto* members = std::get_if<Node::Object>(&member.value.value)) return *members;
    if (member.key != "restart" || !std::holds_alternative<std::string>(member.value.value)) return std::nullopt;
    return Node::Object{{"policy", member.value.offset, member.value}};
}

/// A file and talosd's own output have no keys in common.
bool alike(const Node::Object& a, const Node::Object& b) {
    return (find_member(a, "inherit") != nullptr) == (find_member(b, "inherit") != nullptr);
}

Member combined(const Member& base, const Member& over) {
    if (std::find(merged_keys.begin(), merged_keys.end(), over.key) == merged_keys.end()) return over;
    const auto below = as_object(base);
    const auto above = as_object(over);
    if (!below || !above || (over.key == "log" && !alike(*below, *above))) return over;
    const auto upper = [](const Member&, const Member& member) { return member; };
    return {over.key, over.offset, Node{overlay(*below, *above, upper), over.value.offset}};
}

}   // namespace

Node::Object merge(const Node::Object& base, const Node::Object& over) { return overlay(base, over, combined); }

}   // namespace talos::config
