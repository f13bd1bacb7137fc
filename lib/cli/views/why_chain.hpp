#pragma once
#include "state/status_document.hpp"
#include <vector>

/// Selects the workers that explain a status of talosd. Pure; results point into the document.
namespace talos::cli {

using Workers = std::vector<const state::WorkerStatus*>;

/// What a waiting worker waits for, transitively: the workers in `between` wait themselves, nearest first; those in `roots` do
/// not wait and are the cause. Each worker occurs once. Both are empty for a worker that does not wait.
struct Chain {
    Workers between;
    Workers roots;
};
[[nodiscard]] Chain chain_of(const state::StatusDocument& document, const state::WorkerStatus& worker);

/// False for a worker whose goal is up but that is not up (nor, for a oneshot, completed), that is stopping or unhealthy, or
/// whose log cannot be written.
[[nodiscard]] bool is_as_wanted(const state::WorkerStatus& worker);

/// The workers to explain: first those that do not wait, including workers in their wanted state that block others; then those
/// that wait.
struct Findings {
    Workers causes;
    Workers waiting;
    std::size_t unwanted = 0;   ///< number of workers that are not in their wanted state
};
[[nodiscard]] Findings findings_in(const state::StatusDocument& document);

}   // namespace talos::cli
