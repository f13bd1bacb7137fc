#pragma once
#include "config/model/model.hpp"
#include <string>

namespace talos::config {

/// The effective config as a config file that parses to the same Config, with all defaults and an indent of two spaces. With
/// `Values::masked`, each value in env is `"***"`.
enum class Values { masked, shown };
[[nodiscard]] std::string show(const Config& config, Values values);

}   // namespace talos::config
