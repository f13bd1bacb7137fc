#pragma once
#include "config/model/model.hpp"
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// Instance counts that differ from the config. Pure.
namespace talos::config {

/// Counts by the name of the group.
using Scales = std::map<std::string, std::uint32_t, std::less<>>;

/// Sets the number of instances of a group, which must be one of `config.groups`.
void set_instances(Config& config, Group& group, std::uint32_t count);

/// Sets the number of instances of the named groups; ignores unknown names. Returns a sentence for each count that is impossible;
/// such a group keeps the count in the config. `data_dir` is the directory for logs.
[[nodiscard]] std::vector<std::string> apply_scales(Config& config, const Scales& scales, const std::string& data_dir);

}   // namespace talos::config
