// config/sections: One reader for each section of a config: restart, ready, health, log, hooks and so on.
// A new key belongs into its section's reader.
// Begin with worker_reader.hpp.
#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"
#include <vector>

namespace talos::config {

/// Reads `access`: who besides the owner and root may use the control API.
[[nodiscard]] std::vector<AccessRule> read_access(Reader& reader, const Node& node);

}   // namespace talos::config
