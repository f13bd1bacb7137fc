#pragma once
#include "state/status_document.hpp"
#include <vector>

/// Which workers explain a picture of talosd. Pure; results point into the document.
namespace talos::cli {

using Workers = std::vector<const state::WorkerStatus*>;

/// What a waiting worker waits for, and what that waits for: `between` wait themselves, nearest first; `roots` wait for nothing and are what
/// it comes down to. Each worker comes once. Both empty for one that does not wait.
struct Chain {
    Workers between;
    Workers roots;
};
[[nodiscard]] Chain chain_of(const state::StatusDocument& document, const state::WorkerStatus& worker);

/// False for one that is to be up and is not (nor, of a oneshot, done), that is stopping or unhealthy, or whose log cannot be written.
[[nodiscard]] bool is_as_wanted(const state::WorkerStatus& worker);

/// What is to be explained of a picture: what does not wait first, workers as wanted that others wait for among them; then what waits.
struct Findings {
    Workers causes;
    Workers waiting;
    std::size_t unwanted = 0;   ///< workers that are not as wanted
};
[[nodiscard]] Findings findings_in(const state::StatusDocument& document);

}   // namespace talos::cli
