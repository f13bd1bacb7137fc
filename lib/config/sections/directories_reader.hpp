#pragma once
#include "config/document/locate.hpp"
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"
#include "core/result.hpp"
#include <string>

namespace talos::config {

/// `directories` of a worker: for each kind a name, an object with a name and a mode, or an array of both.
[[nodiscard]] Keys<DirectoriesSpec> directories_keys();
/// A directory that is written as an object.
[[nodiscard]] Keys<DirectorySpec> directory_keys();

/// The row of `directories` among the worker's keys. Without any directory it is a worker without the key.
extern const Special<WorkerSpec> directories_key;

/// The directory that those of this kind lie in. For root `/run`, `/var/lib` and `/var/log`; for other users `$XDG_RUNTIME_DIR`,
/// `$XDG_STATE_HOME` (`~/.local/state` by default) and its `log`. Fails with the variable that is missing.
[[nodiscard]] Result<std::string> directory_base(DirectoryKind kind, bool root, const Getenv& getenv);

}   // namespace talos::config
