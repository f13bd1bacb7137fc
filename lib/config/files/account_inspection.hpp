// config/files: The files, programs and accounts that a config names, on this machine: owner, mode, existence.
// This room decides which config files root may trust.
// Begin with config_file.hpp.
#pragma once
#include "config/files/config_file.hpp"
#include "config/model/host_system.hpp"
#include <cstdint>

namespace talos::config {

/// Whether an unknown user or group is an error, or is looked up only when the worker starts.
enum class Accounts : std::uint8_t { must_exist, may_be_missing };

/// The surroundings of `files`, extended by a check of each worker's user and groups. If a database does not respond, that is a
/// warning. Not for talosctl: a static executable cannot query the databases.
[[nodiscard]] HostSystem surroundings_with(const ConfigFiles& files, Accounts accounts);

}   // namespace talos::config
