#pragma once
#include "core/result.hpp"
#include "state/status_document.hpp"
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace talos::api {

/// A name by which commands can select a worker.
struct Named {
    std::string name;         ///< empty: an entry for a group without instances
    std::string group = {};   ///< the group of an instance; empty: not an instance
};

/// The indices of the workers that the words select, in the workers' order, each once. A word is a worker's name, a group's name
/// (its instances), a glob over names, or `all`. No words select all workers. A group without instances selects none. Fails with
/// a sentence for a word that matches nothing: `no worker "wbe"; did you mean "web"?`
[[nodiscard]] Result<std::vector<std::size_t>> select(std::span<const Named> workers, const std::vector<std::string>& words);

/// Filters the history by worker name. A pattern that is not a worker's name also selects instances of a group of that name,
/// including removed ones.
class HistoryOf {
public:
    HistoryOf(std::string pattern, bool names_worker) : pattern_(std::move(pattern)), names_worker_(names_worker) {}
    /// `worker` is empty for lines about talosd. Without a pattern every line is selected.
    [[nodiscard]] bool wants(std::string_view worker) const;

private:
    std::string pattern_;
    bool names_worker_;
};

/// In the order of the document's or config's workers; groups without instances come last.
[[nodiscard]] std::vector<Named> names_of(const state::StatusDocument& document);
[[nodiscard]] std::vector<Named> names_of(const config::Config& config);

}   // namespace talos::api
