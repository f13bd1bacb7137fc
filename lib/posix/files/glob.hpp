#pragma once
#include "core/result.hpp"
#include <string>
#include <vector>

namespace talos::posix {

/// glob(3): the paths that match, in no order. None is no failure, and neither is a folder that is not there; one that cannot be read is.
[[nodiscard]] Result<std::vector<std::string>> glob(const std::string& pattern);

}   // namespace talos::posix
