#pragma once
#include "config/model.hpp"
#include "config/reader.hpp"
#include <vector>

namespace talos::config {

/// Reads `access`: who besides the owner and root may use the control API.
[[nodiscard]] std::vector<AccessRule> read_access(Reader& reader, const Node& node);

}  // namespace talos::config
