#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"

namespace talos::config {

/// `fatalExitCodes`: an array of exit codes and names of signals. An empty one is a worker without the key.
void read_fatal_exits(Reader& reader, const Node& node, WorkerSpec& worker);

}   // namespace talos::config
