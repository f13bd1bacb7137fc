#pragma once
#include "config/keys/values.hpp"
#include "config/model/model.hpp"
#include <string>

namespace talos::config {

/// The effective config as a config file that parses to the same Config, every default spelled out, two spaces of indent;
/// with `Values::masked` each env value reads `"***"`.
[[nodiscard]] std::string show(const Config& config, Values values);

}   // namespace talos::config
