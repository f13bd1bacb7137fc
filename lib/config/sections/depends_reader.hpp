// config/sections: The key tables, one for each section of a config: worker, restart, ready, health, log, hooks and so on.
// A new key is a row here, and a sentence in tests/reference.
// Begin with worker_keys.hpp.
#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"
#include <string_view>

namespace talos::config {

/// What `dependsOn` says of one worker, when it is written as an object.
[[nodiscard]] Keys<Dependency> dependency_keys();

/// The row of `dependsOn` among the worker's keys: `{"db": "ready"}`, or `{"db": {"condition": "ready", "onFailure": "stop"}}`.
extern const Special<WorkerSpec> depends_on_key;

}   // namespace talos::config
