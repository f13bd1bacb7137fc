#include "config/sections/depends_reader.hpp"

#include "config/sections/worker_reader.hpp"

#include <algorithm>

namespace talos::config {
namespace {

constexpr std::string_view condition_words[]{"started", "ready", "healthy", "completed"};
constexpr codec::Enumeration<Dependency::Condition> conditions{condition_words};
constexpr std::string_view on_failure_words[]{"ignore", "stop", "restart"};
constexpr codec::Enumeration<Dependency::OnFailure> failure_actions{on_failure_words};

constexpr Key<Dependency> table[]{
    key<&Dependency::condition>("condition", conditions),
    key<&Dependency::on_failure>("onFailure", failure_actions),
};

void read(const Reading& reading, const Node& node, WorkerSpec& worker) {
    const auto* members = std::get_if<Node::Object>(&node.value);
    if (members == nullptr)
        return reading.reader.findings().expected(node, "an object", "like {\"db\": \"ready\"}: a worker, and what to wait for");
    std::vector<Dependency> dependencies;
    std::vector<std::size_t> offsets;
    for (const auto& member : *members) {
        auto& dependency = dependencies.emplace_back();
        dependency.worker = member.key;
        if (std::holds_alternative<Node::Object>(member.value.value))
            read_section(reading, member.value, dependency_keys(), dependency);
        else read_word(reading.reader, member.value, conditions, dependency.condition, "an object");
        offsets.push_back(member.offset);
    }
    if (dependencies.empty()) return;
    worker.depends_on.make() = std::move(dependencies);
    reading.worker->dependency_offsets = std::move(offsets);
}

void show(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    if (worker.depends_on.get() == nullptr) return;
    showing.writer.open(key, '{');
    for (const auto& dependency : *worker.depends_on.get()) show_line(showing, dependency.worker, dependency_keys(), dependency);
    showing.writer.close('}');
}

/// The order in which they are named means nothing.
bool same(const WorkerSpec& a, const WorkerSpec& b) {
    const auto* one = a.depends_on.get();
    const auto* other = b.depends_on.get();
    if (one == nullptr || other == nullptr) return one == other;
    return one->size() == other->size() && std::is_permutation(one->begin(), one->end(), other->begin());
}

void take(WorkerSpec& worker, const WorkerSpec& wanted) { worker.depends_on = wanted.depends_on; }

}   // namespace

Keys<Dependency> dependency_keys() { return table; }

constinit const Special<WorkerSpec> depends_on_key{.read = read, .show = show, .same = same, .take = take};

}   // namespace talos::config
