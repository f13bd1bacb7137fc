#include "cli/views/worker_tree.hpp"

#include <string_view>
#include <unordered_map>

namespace talos::cli {

namespace {

class Tree {
public:
    explicit Tree(const state::StatusDocument& document) : document_(document), shown_(document.workers.size()) {
        for (std::size_t i = 0; i < document.workers.size(); ++i) {
            const auto& worker = document.workers[i];
            by_name_[worker.name].push_back(i);
            if (!worker.group.empty()) by_name_[worker.group].push_back(i);
        }
    }

    [[nodiscard]] std::vector<std::size_t> needs(std::size_t worker) const {
        std::vector<std::size_t> found;
        for (const auto& [name, condition] : document_.workers[worker].depends_on) {
            const auto known = by_name_.find(name);
            if (known != by_name_.end()) found.insert(found.end(), known->second.begin(), known->second.end());
        }
        return found;
    }

    /// An invalid document may contain a cycle: the dependencies of a worker are shown only once.
    void show(std::size_t worker, const std::string& lead, const std::string& below) {
        const auto needed = needs(worker);
        const bool above = shown_[worker] && !needed.empty();
        lines_.push_back({worker, lead, above});
        shown_[worker] = true;
        if (above) return;
        for (std::size_t i = 0; i < needed.size(); ++i) {
            const bool last = i + 1 == needed.size();
            show(needed[i], below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "));
        }
    }

    [[nodiscard]] bool shown(std::size_t worker) const { return shown_[worker]; }
    [[nodiscard]] std::vector<TreeLine> take() { return std::move(lines_); }

private:
    const state::StatusDocument& document_;
    std::unordered_map<std::string_view, std::vector<std::size_t>> by_name_;   // includes all instances of a group
    std::vector<bool> shown_;
    std::vector<TreeLine> lines_;
};

}   // namespace

std::vector<TreeLine> tree_of(const state::StatusDocument& document, std::span<const std::size_t> which) {
    Tree tree(document);
    std::vector<bool> needed(document.workers.size());
    if (which.size() == document.workers.size())
        for (const auto worker : which)
            for (const auto other : tree.needs(worker)) needed[other] = true;
    for (const auto worker : which)
        if (!needed[worker]) tree.show(worker, {}, {});
    for (const auto worker : which)
        if (needed[worker] && !tree.shown(worker)) tree.show(worker, {}, {});   // a cycle, which talosd never writes
    return tree.take();
}

}   // namespace talos::cli
