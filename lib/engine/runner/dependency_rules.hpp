#pragma once
#include "config/model/model.hpp"
#include "engine/runner/runner.hpp"

/// What workers are to those who depend on them, and to those whom they depend on.
namespace talos::engine {

/// Whether this runner's worker is what others may wait for.
[[nodiscard]] bool meets(const Runner& runner, config::Dependency::Condition condition);

/// Something of it is there, be it that it has completed and remains up.
[[nodiscard]] bool is_there(const worker::Worker& worker);

/// What of it is there will be gone without anybody's doing.
[[nodiscard]] bool goes_down(const worker::Worker& worker);

/// Nothing is under way that could bring it up.
[[nodiscard]] bool has_given_up(const worker::Worker& worker);

}   // namespace talos::engine
