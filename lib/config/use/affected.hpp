// config/use: What is done with a Config: show it, compare two, find the workers that a change affects.
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

/// Which workers stop or restart because another one does: `onFailure` of `dependsOn`. Pure.
namespace talos::config {

struct Affected {
    std::string worker;
    std::string by;   ///< its dependency, itself affected or not
    Dependency::OnFailure
        how{};   ///< `stop`: it stops before `by`, and comes back after it; `restart`: it is restarted once `by` is back
    friend bool operator==(const Affected&, const Affected&) = default;
};

/// What happens to the first ones. A stop affects only those that stop with it: the others wait until the dependency is back.
enum class Fate : std::uint8_t { restarted, stopped };

/// Those that are affected by `first`, each behind its dependency; `first` itself is left out. `is_up`: the worker has something to
/// lose, since it is up or on its way up.
[[nodiscard]] std::vector<Affected> affected_by(const std::vector<const WorkerSpec*>& workers,
                                                const std::unordered_set<std::string_view>& first, Fate fate,
                                                const std::function<bool(std::string_view)>& is_up);

}   // namespace talos::config
