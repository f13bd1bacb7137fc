#include "config/model/dependency_graph.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace talos::config {

namespace {

enum class Mark : std::uint8_t { untouched, open, done };

/// Depth first and without recursion: a chain may be as long as there are workers. `close` is told an edge that leads back to somebody
/// on the path, with the path; `leave` a worker all of whose dependencies have been left.
template <class Close, class Leave>
void walk(const DependencyGraph& graph, std::size_t size, Close close, Leave leave) {
    std::vector<Mark> marks(size, Mark::untouched);
    std::vector<std::size_t> next(size);
    std::vector<std::size_t> path;              // of workers
    std::vector<DependencyGraph::Edge> taken;   // between them
    for (std::size_t root = 0; root < size; ++root) {
        if (marks[root] != Mark::untouched) continue;
        path.push_back(root);
        while (!path.empty()) {
            const auto at = path.back();
            if (marks[at] == Mark::untouched) {
                marks[at] = Mark::open;
                next[at] = graph.first_edge(at);
            }
            if (next[at] == graph.last_edge(at)) {
                marks[at] = Mark::done;
                leave(at);
                path.pop_back();
                if (!taken.empty()) taken.pop_back();
                continue;
            }
            const auto& edge = graph.edges()[next[at]++];
            if (marks[edge.dependency] == Mark::open) {
                close(edge, path, taken);
            } else if (marks[edge.dependency] == Mark::untouched) {
                path.push_back(edge.dependency);
                taken.push_back(edge);
            }
        }
    }
}

}   // namespace

DependencyGraph::DependencyGraph(const std::vector<const WorkerSpec*>& workers) {
    std::unordered_map<std::string_view, std::vector<std::size_t>> by_name;
    for (std::size_t i = 0; i < workers.size(); ++i) {
        by_name[workers[i]->name].push_back(i);
        if (const auto* instance = workers[i]->instance.get()) by_name[instance->of].push_back(i);
    }
    first_.reserve(workers.size() + 1);
    for (std::size_t i = 0; i < workers.size(); ++i) {
        first_.push_back(edges_.size());
        const auto* depends_on = workers[i]->depends_on.get();
        if (depends_on == nullptr) continue;
        for (const auto& dependency : *depends_on) {
            const auto found = by_name.find(dependency.worker);
            if (found == by_name.end()) continue;
            for (const auto other : found->second) edges_.push_back({i, other, &dependency});
        }
    }
    first_.push_back(edges_.size());
}

std::vector<std::vector<DependencyGraph::Edge>> DependencyGraph::circles() const {
    std::vector<std::vector<Edge>> circles;
    const auto close = [&](const Edge& edge, const std::vector<std::size_t>& path, const std::vector<Edge>& taken) {
        const auto begin = std::find(path.begin(), path.end(), edge.dependency) - path.begin();
        auto& circle = circles.emplace_back(taken.begin() + begin, taken.end());
        circle.push_back(edge);
    };
    walk(*this, first_.size() - 1, close, [](std::size_t) {});
    return circles;
}

std::vector<std::size_t> DependencyGraph::start_order() const {
    std::vector<std::size_t> order;
    order.reserve(first_.size() - 1);
    const auto close = [](const Edge&, const auto&, const auto&) {};
    walk(*this, first_.size() - 1, close, [&](std::size_t worker) { order.push_back(worker); });
    return order;
}

std::vector<const WorkerSpec*> pointers_to(const std::vector<WorkerSpec>& workers) {
    std::vector<const WorkerSpec*> pointers;
    pointers.reserve(workers.size());
    for (const auto& worker : workers) pointers.push_back(&worker);
    return pointers;
}

}   // namespace talos::config
