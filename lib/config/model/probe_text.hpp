#pragma once
#include "config/model/model.hpp"
#include <string>

namespace talos::config {

/// What is looked at, in a word or two: `tcp 127.0.0.1:80`, `http http://127.0.0.1/health`, `exec pg_isready`.
[[nodiscard]] std::string to_text(const ProbeSpec& probe);

/// `200`, `200-399`.
[[nodiscard]] std::string to_text(const StatusRange& range);
/// All statuses that count as success: `200-299, 404`.
[[nodiscard]] std::string status_text(const ProbeSpec& probe);

}   // namespace talos::config
