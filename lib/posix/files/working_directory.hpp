#pragma once
#include "core/result.hpp"
#include <string>

namespace talos::posix {

/// Absolute. Fails with a sentence when it was deleted, or cannot be reached.
[[nodiscard]] Result<std::string> working_directory();

}   // namespace talos::posix
