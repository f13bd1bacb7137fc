#include "config/reader/templates.hpp"

#include "config/document/quotes.hpp"
#include "config/model/worker_name.hpp"
#include "config/reader/merge.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <unordered_set>

namespace talos::config {
namespace {

const Node* extends_of(const Member& member) {
    const auto* members = std::get_if<Node::Object>(&member.value.value);
    const auto* extends = members != nullptr ? find_member(*members, "extends") : nullptr;
    return extends != nullptr ? &extends->value : nullptr;
}

const std::string& text_of(const Node& name) { return std::get<std::string>(name.value); }

}   // namespace

void Templates::add(const Member& member) {
    if (!valid_worker_name(member.key)) {
        reader_.findings().add(
            member.offset,
            "expected a template's name: 1 to 64 of A-Z a-z 0-9 _ . @ -, a letter or digit first, and not \"all\"; found " +
                in_quotes(member.key));
    }
    const auto known = templates_.try_emplace(member.key, Template{&member, {}, 1, {}});
    if (known.second) names_.push_back(member.key);
    else reader_.findings().also_in(member, *known.first->second.member, "template");
}

Node::Object Templates::said_by(const Node& extends) {
    Node::Object said;
    for (const auto* name : names_in(extends)) {
        auto* found = find(*name);
        if (found != nullptr && resolve(*found, *name)) said = merge(said, found->said);
    }
    return said;
}

void Templates::check() {
    for (const auto name : names_) {
        auto& one = templates_.at(name);
        if (one.state == Template::State::untouched) work_out(one);
    }
}

std::vector<const Node*> Templates::names_in(const Node& extends) {
    std::vector<const Node*> names;
    if (std::holds_alternative<std::string>(extends.value)) return {&extends};
    const auto* elements = reader_.array(extends, "the name of a template or an array of names");
    if (elements == nullptr) return names;
    std::unordered_set<std::string_view> seen;
    for (const auto& element : *elements) {
        const auto* name = reader_.text(element, "the name of a template");
        if (name == nullptr) continue;
        if (seen.insert(*name).second) names.push_back(&element);
        else reader_.findings().add(element.offset, "the template " + in_quotes(*name) + " is named here already");
    }
    return names;
}

Templates::Template* Templates::find(const Node& name) {
    const auto found = templates_.find(text_of(name));
    if (found != templates_.end()) return &found->second;
    const auto near = nearest(text_of(name), names_);
    const auto hint = near.empty() ? std::string() : "; did you mean " + in_quotes(near) + "?";
    reader_.findings().add(name.offset, "there is no template " + in_quotes(text_of(name)) + hint);
    return nullptr;
}

/// Whether it can be extended by whoever says this name.
bool Templates::resolve(Template& wanted, const Node& name) {
    const auto too_deep = [&] {
        reader_.findings().add(name.offset, "templates extend each other more than " + std::to_string(deepest) + " deep");
        return false;
    };
    switch (wanted.state) {
    case Template::State::open:
        reader_.findings().add(name.offset, "templates extend each other in a cycle: " + chain_to(wanted));
        return false;
    case Template::State::untouched:
        if (path_.size() >= deepest) return too_deep();
        work_out(wanted);
        break;
    case Template::State::done: break;
    }
    if (path_.empty()) return true;
    if (wanted.depth >= deepest) return too_deep();
    path_.back()->depth = std::max(path_.back()->depth, wanted.depth + 1);
    return true;
}

void Templates::work_out(Template& wanted) {
    wanted.state = Template::State::open;
    path_.push_back(&wanted);
    if (const auto* extends = extends_of(*wanted.member)) wanted.said = said_by(*extends);
    if (const auto* own = std::get_if<Node::Object>(&wanted.member->value.value)) wanted.said = merge(wanted.said, *own);
    path_.pop_back();
    wanted.state = Template::State::done;
}

std::string Templates::chain_to(const Template& again) const {
    std::string chain;
    for (auto at = std::find(path_.begin(), path_.end(), &again); at != path_.end(); ++at)
        chain.append((*at)->member->key).append(" → ");
    return chain + again.member->key;
}

}   // namespace talos::config
