#pragma once
#include "config/model/model.hpp"
#include <string>

namespace talos::config {

/// The effective config as a config file that parses to the same Config, every default spelled out, two spaces of indent;
/// with `Values::masked` each env value reads `"***"`.
enum class Values { masked, shown };
[[nodiscard]] std::string show(const Config& config, Values values);

}   // namespace talos::config
