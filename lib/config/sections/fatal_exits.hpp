#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// The row of `fatalExitCodes` among the worker's keys: an array of exit codes and names of signals. An empty one is a worker without
/// the key.
extern const Special<WorkerSpec> fatal_exits_key;

}   // namespace talos::config
