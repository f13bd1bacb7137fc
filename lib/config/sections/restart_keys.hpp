#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// `restart` of a worker.
[[nodiscard]] Keys<RestartSpec> restart_keys();

/// The row of `restart` among the worker's keys. A word in place of an object is the policy.
extern const Special<WorkerSpec> restart_key;

}   // namespace talos::config
