#pragma once
#include "core/result.hpp"
#include "state/status_document.hpp"
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace talos::api {

/// How a worker can be called.
struct Named {
    std::string name;         ///< empty: an entry for a group that has no instances
    std::string group = {};   ///< that it is an instance of; empty: of none
};

/// The indices of the workers that the words (names, those of groups for their instances, globs over names, `all`) mean, in the
/// workers' order, each once; all of them for no words. A group without instances means none.
/// The failure is the sentence for a word that means nobody: `no worker "wbe"; did you mean "web"?`
[[nodiscard]] Result<std::vector<std::size_t>> select(std::span<const Named> workers, const std::vector<std::string>& words);

/// Whose lines of the history are wanted: of workers whose names match the pattern. One that is no worker's name also means instances of
/// that name, those that are gone too.
class HistoryOf {
public:
    HistoryOf(std::string pattern, bool names_worker) : pattern_(std::move(pattern)), names_worker_(names_worker) {}
    /// Empty: a line about talosd. Without a pattern everything is wanted.
    [[nodiscard]] bool wants(std::string_view worker) const;

private:
    std::string pattern_;
    bool names_worker_;
};

/// In the order of the document's or config's workers; entries for groups without instances stand behind them.
[[nodiscard]] std::vector<Named> names_of(const state::StatusDocument& document);
[[nodiscard]] std::vector<Named> names_of(const config::Config& config);

}   // namespace talos::api
