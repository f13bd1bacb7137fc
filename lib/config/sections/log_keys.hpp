#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// A destination of a worker's output that is a file.
[[nodiscard]] Keys<LogSpec> log_keys();
/// One that is talosd's own output.
[[nodiscard]] Keys<LogSpec> inherit_keys();

/// The row of `log` among the worker's keys: a word, one destination, or an array of them.
extern const Special<WorkerSpec> log_key;

}   // namespace talos::config
