#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// `health` of a worker, beside the keys of its probe. What a changed heartbeat means is up to the row `health` of the worker.
[[nodiscard]] Keys<HealthSpec> health_keys();

/// The row of `health` among the worker's keys.
extern const Special<WorkerSpec> health_key;

}   // namespace talos::config
