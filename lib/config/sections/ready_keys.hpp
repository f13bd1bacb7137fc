#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// `ready` of a worker, beside the keys of its probe. Whether a changed question is live is up to the row `ready` of the worker.
[[nodiscard]] Keys<ReadySpec> ready_keys();

/// The row of `ready` among the worker's keys.
extern const Special<WorkerSpec> ready_key;

}   // namespace talos::config
