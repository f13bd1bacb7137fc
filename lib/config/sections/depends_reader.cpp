#include "config/sections/depends_reader.hpp"

namespace talos::config {

namespace {

using Condition = Dependency::Condition;
using OnFailure = Dependency::OnFailure;

void read_condition(Reader& reader, const Node& node, Condition& condition, std::string_view or_else = {}) {
    reader.choice<Condition>(node, condition,
                             {{"started", Condition::started},
                              {"ready", Condition::ready},
                              {"healthy", Condition::healthy},
                              {"completed", Condition::completed}},
                             or_else);
}

void read_on_failure(Reader& reader, const Node& node, OnFailure& on_failure) {
    reader.choice<OnFailure>(node, on_failure,
                             {{"ignore", OnFailure::ignore}, {"stop", OnFailure::stop}, {"restart", OnFailure::restart}});
}

}   // namespace

ReadDependencies read_depends_on(Reader& reader, const Node& node) {
    ReadDependencies read;
    if (!std::holds_alternative<Node::Object>(node.value)) {
        reader.findings().expected(node, "an object", "like {\"db\": \"ready\"}: a worker, and what to wait for");
        return read;
    }
    const auto* members = reader.object(node);
    for (const auto& [worker, offset, value] : *members) {
        Dependency dependency;
        dependency.worker = worker;
        if (std::holds_alternative<Node::Object>(value.value)) {
            reader.fields(value, {
                                     {"condition", [&](const Node& n) { read_condition(reader, n, dependency.condition); }},
                                     {"onFailure", [&](const Node& n) { read_on_failure(reader, n, dependency.on_failure); }},
                                 });
        } else {
            read_condition(reader, value, dependency.condition, "an object");
        }
        read.dependencies.push_back(std::move(dependency));
        read.offsets.push_back(offset);
    }
    return read;
}

}   // namespace talos::config
