#pragma once
#include "core/result.hpp"
#include <string>
#include <vector>

namespace talos::posix {

/// glob(3): the paths that match, in no particular order. No match and a missing directory give an empty list. A directory that
/// cannot be read is a failure.
[[nodiscard]] Result<std::vector<std::string>> glob(const std::string& pattern);

}   // namespace talos::posix
