#pragma once
#include "config/model/model.hpp"
#include <string>

namespace talos::config {

/// What two workers cannot have at the same time, as far as their specs tell: `the same command`, `the log file /x/y.log`, `the address
/// 127.0.0.1:80` that both are asked at by `ready` or `health`. Empty: nothing. A worker that was renamed shares all of that with itself.
[[nodiscard]] std::string shared_by(const WorkerSpec& one, const WorkerSpec& other);

}   // namespace talos::config
