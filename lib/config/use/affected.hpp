// config/use: Operations on a Config: show it, compare two, find the workers that a change affects.
// Pure.
// Begin with diff.hpp.
#pragma once
#include "config/model/model.hpp"
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

/// Determines which workers stop or restart because a dependency does: `onFailure` in `dependsOn`. Pure.
namespace talos::config {

struct Affected {
    std::string worker;
    std::string by;   ///< its dependency, which may itself be affected
    Dependency::OnFailure
        /// `stop`: it stops before `by` and starts again after it. `restart`: it is restarted once `by` is up again.
        how{};
    friend bool operator==(const Affected&, const Affected&) = default;
};

/// What happens to the first workers. A stop affects only workers that stop with them; the others wait until the dependency is up
/// again.
enum class Fate : std::uint8_t { restarted, stopped };

/// The workers that `first` affects, each after its dependency, without `first` itself. `is_up`: the worker is up or starting.
[[nodiscard]] std::vector<Affected> affected_by(const std::vector<const WorkerSpec*>& workers,
                                                const std::unordered_set<std::string_view>& first, Fate fate,
                                                const std::function<bool(std::string_view)>& is_up);

}   // namespace talos::config
