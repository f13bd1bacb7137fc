#pragma once
#include "config/model/model.hpp"
#include <cstddef>
#include <vector>

namespace talos::config {

/// Who depends on whom; workers by their index in the list that it was made of.
class DependencyGraph {
public:
    struct Edge {
        std::size_t dependent;
        std::size_t dependency;
        const Dependency* how;   ///< of the dependent's spec
    };

    /// The specs must live longer. A group means all of its instances. A dependency on a name that none of them has is left out.
    explicit DependencyGraph(const std::vector<const WorkerSpec*>& workers);

    /// By dependent, in the order of its config.
    [[nodiscard]] const std::vector<Edge>& edges() const { return edges_; }
    /// Those of one dependent, as positions in edges(): from the first up to before the last.
    [[nodiscard]] std::size_t first_edge(std::size_t worker) const { return first_[worker]; }
    [[nodiscard]] std::size_t last_edge(std::size_t worker) const { return first_[worker + 1]; }

    /// Circles, each as the edges of which the first one's dependent is the last one's dependency. Empty: there is none.
    [[nodiscard]] std::vector<std::vector<Edge>> circles() const;

    /// All workers, each one behind those that it depends on, else in their order. Without circles.
    [[nodiscard]] std::vector<std::size_t> start_order() const;

private:
    std::vector<Edge> edges_;
    std::vector<std::size_t> first_;
};

[[nodiscard]] std::vector<const WorkerSpec*> pointers_to(const std::vector<WorkerSpec>& workers);

}   // namespace talos::config
