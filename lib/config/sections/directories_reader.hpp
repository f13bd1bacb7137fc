#pragma once
#include "config/document/locate.hpp"
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"
#include "config/reader/scope.hpp"
#include "core/result.hpp"
#include <string>

namespace talos::config {

/// `directories`: for each kind a name, an object with a name and a mode, or an array of both. Without any it is a worker without the key.
void read_directories(Reader& reader, const Node& node, const Scope& scope, WorkerSpec& worker);

/// The directory that those of this kind lie in. For root `/run`, `/var/lib` and `/var/log`; for other users `$XDG_RUNTIME_DIR`,
/// `$XDG_STATE_HOME` (`~/.local/state` by default) and its `log`. Fails with the variable that is missing.
[[nodiscard]] Result<std::string> directory_base(DirectoryKind kind, bool root, const Getenv& getenv);

}   // namespace talos::config
