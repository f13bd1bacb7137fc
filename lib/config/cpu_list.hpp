#pragma once
#include <string>
#include <vector>

namespace talos::config {

/// `0-3,8`: the list format of cpuset(7).
[[nodiscard]] std::string format_cpus(const std::vector<unsigned>& cpus);

}  // namespace talos::config
