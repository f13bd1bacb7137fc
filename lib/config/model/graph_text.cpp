#include "config/model/graph_text.hpp"

#include "config/model/dependency_graph.hpp"
#include "config/model/dependency_words.hpp"

namespace talos::config {

namespace {

std::string label_of(const Dependency& dependency) {
    std::string label(to_text(dependency.condition));
    if (dependency.on_failure != Dependency::OnFailure::ignore)
        label.append(", on failure ").append(to_text(dependency.on_failure));
    return label;
}

}   // namespace

// Names of workers have nothing in them that would have to be escaped.
std::string dot_graph(const Config& config) {
    std::string out = "digraph talos {\n    rankdir=LR;\n    node [shape=box];\n";
    for (const auto& worker : config.workers) out.append("    \"").append(worker.name).append("\";\n");
    const DependencyGraph graph(pointers_to(config.workers));
    for (const auto& edge : graph.edges()) {
        out.append("    \"")
            .append(config.workers[edge.dependent].name)
            .append("\" -> \"")
            .append(config.workers[edge.dependency].name);
        out.append("\" [label=\"").append(label_of(*edge.how)).append("\"];\n");
    }
    return out + "}\n";
}

// The nodes' own names are numbers: `end` and some more are words of the language.
std::string mermaid_graph(const Config& config) {
    const auto node = [](std::size_t worker) { return "w" + std::to_string(worker); };
    std::string out = "flowchart LR\n";
    for (std::size_t i = 0; i < config.workers.size(); ++i)
        out.append("    ").append(node(i)).append("[\"").append(config.workers[i].name).append("\"]\n");
    const DependencyGraph graph(pointers_to(config.workers));
    for (const auto& edge : graph.edges()) {
        out.append("    ").append(node(edge.dependent)).append(" -->|\"").append(label_of(*edge.how)).append("\"| ");
        out.append(node(edge.dependency)).append("\n");
    }
    return out;
}

}   // namespace talos::config
