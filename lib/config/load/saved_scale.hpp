#pragma once
#include "config/model/model.hpp"
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// Other numbers of instances than the config has. Pure.
namespace talos::config {

/// By the group's name.
using Scales = std::map<std::string, std::uint32_t, std::less<>>;

/// Gives a group of the config, which is one of `config.groups`, so many instances.
void set_instances(Config& config, Group& group, std::uint32_t count);

/// Gives the groups that are named these numbers of instances; names of no group mean nothing. Returns a sentence for each number that cannot be,
/// for which the config's stays. `data_dir` is where logs go.
[[nodiscard]] std::vector<std::string> apply_scales(Config& config, const Scales& scales, const std::string& data_dir);

}   // namespace talos::config
