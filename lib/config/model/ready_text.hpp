#pragma once
#include "config/model/model.hpp"
#include <string>

namespace talos::config {

/// What is waited for, in a word or two: `notify`, `descriptor 3`, `tcp 127.0.0.1:80`, `exec pg_isready`, `log`.
[[nodiscard]] std::string to_text(const ReadySpec& ready);

}   // namespace talos::config
