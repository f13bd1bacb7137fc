#pragma once
#include "config/surroundings.hpp"
#include "daemon/config_file.hpp"
#include <cstdint>

namespace talos::daemon {

/// Whether a user or group that this machine does not know is an error, or is looked up only when the worker starts.
enum class Accounts : std::uint8_t { must_exist, may_be_missing };

/// The surroundings of `files` with a check of each worker's user and groups. A database that does not answer is a warning. Not for talosctl: a static
/// executable cannot ask the databases.
[[nodiscard]] config::Surroundings surroundings_with(const ConfigFiles& files, Accounts accounts);

}  // namespace talos::daemon
