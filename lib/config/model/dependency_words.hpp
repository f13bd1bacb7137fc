#pragma once
#include "config/model/model.hpp"
#include <string_view>

namespace talos::config {

/// As written in the config.
[[nodiscard]] std::string_view to_text(Dependency::Condition condition);
[[nodiscard]] std::string_view to_text(Dependency::OnFailure on_failure);

}   // namespace talos::config
