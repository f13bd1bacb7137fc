#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// `stop` of a worker.
[[nodiscard]] Keys<StopSteps> stop_keys();
/// One of its steps.
[[nodiscard]] Keys<StopStep> step_keys();

/// The row of `stop` among the worker's keys.
extern const Special<WorkerSpec> stop_key;

}   // namespace talos::config
