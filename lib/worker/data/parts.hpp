#pragma once
#include "worker/data/worker.hpp"
#include <optional>

/// What several states have in common. For the files of the machine and its tests alone.
namespace talos::worker {

/// What is left of the last run, to be changed; null in the states that have no such thing.
[[nodiscard]] states::Leftovers* leftovers(Worker& worker);
/// The time of a main that is starting or running; else null.
[[nodiscard]] states::Clock* clock_of(Worker& worker);
/// Of a worker that is up or comes up with its main, or has completed and remains up; else null.
[[nodiscard]] std::optional<states::Leaving>* leaving_of(Worker& worker);

[[nodiscard]] states::Stopping* stopping(Worker& worker);
[[nodiscard]] const states::Stopping* stopping(const Worker& worker);
[[nodiscard]] states::Running* running(Worker& worker);

template <class Phase>
[[nodiscard]] bool is_starting(const Worker& worker) {
    const auto* starting = std::get_if<states::Starting>(&worker.where);
    return starting != nullptr && std::holds_alternative<Phase>(starting->phase);
}

/// What the current run leaves behind when no main of it is alive; nothing of a worker that is stopped.
[[nodiscard]] states::Leftovers left_of(const Worker& worker);

/// Whether postStop is to follow, if the config has one.
[[nodiscard]] bool owes_post_stop(const Worker& worker);

/// The goal of one that has neither main nor a run under way, where the state alone does not say it.
[[nodiscard]] Goal* own_goal(Worker& worker);

}   // namespace talos::worker
