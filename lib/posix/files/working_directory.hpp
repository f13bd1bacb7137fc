#pragma once
#include "core/result.hpp"
#include <string>

namespace talos::posix {

/// The absolute path of the working directory. Fails with a message if it was deleted or cannot be reached.
[[nodiscard]] Result<std::string> working_directory();

}   // namespace talos::posix
