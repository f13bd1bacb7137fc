// config/model: What a config means: the specs of workers, logs, checks, hooks and dependencies, as plain data.
// HostSystem is the machine that a config is read on, as an interface.
// Begin with model.hpp.
#pragma once
#include <string>
#include <vector>

namespace talos::config {

/// `0-3,8`: the list format of cpuset(7).
[[nodiscard]] std::string format_cpus(const std::vector<unsigned>& cpus);

}   // namespace talos::config
