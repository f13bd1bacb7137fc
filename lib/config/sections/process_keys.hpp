#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// Who a worker is and what the kernel grants it. These stand among the worker's own keys.
[[nodiscard]] Keys<ProcessSpec> process_keys();

}   // namespace talos::config
