#pragma once
#include "config/model/model.hpp"
#include <string>
#include <vector>

namespace talos::config {

/// The spec of `talosd -- COMMAND`: named after the command's base name with other characters as `_`, policy `never`.
[[nodiscard]] WorkerSpec ad_hoc_worker(std::vector<std::string> command, const std::string& cwd);

/// Whether `name` may name a worker: `[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}` and not `all`.
[[nodiscard]] bool valid_worker_name(const std::string& name);

}   // namespace talos::config
