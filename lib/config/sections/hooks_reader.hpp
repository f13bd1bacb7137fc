#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"
#include "config/reader/scope.hpp"

namespace talos::config {

/// The key `hooks` of a worker. One without any is a worker without the key.
void read_hooks(Reader& reader, const Node& node, const Scope& scope, WorkerSpec& worker);

/// `reload`: a signal, or a command with its time.
void read_reload(Reader& reader, const Node& node, const Scope& scope, ReloadSpec& reload);

}   // namespace talos::config
