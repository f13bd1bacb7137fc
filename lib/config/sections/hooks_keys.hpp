#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// `hooks` of a worker. One without any hook is a worker without the key.
[[nodiscard]] Keys<HooksSpec> hooks_keys();
/// A hook that is written as an object.
[[nodiscard]] Keys<HookSpec> hook_keys();
/// `reload` of a worker: a signal, or a command with its time.
[[nodiscard]] Keys<ReloadSpec> reload_keys();

/// The rows of `hooks` and `reload` among the worker's keys.
extern const Special<WorkerSpec> hooks_key;
extern const Special<WorkerSpec> reload_key;

}   // namespace talos::config
