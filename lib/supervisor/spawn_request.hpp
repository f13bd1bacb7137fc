#pragma once
#include "config/model.hpp"
#include "core/result.hpp"
#include "posix/spawn.hpp"
#include "supervisor/services.hpp"

namespace talos::supervisor {

/// How a worker's next run is to be started, all but its descriptors. `number` goes into its mark: that of a run, a hook or a probe.
/// Users and groups are looked up: fails for one that is not there.
[[nodiscard]] Result<posix::SpawnRequest> spawn_request(const config::WorkerSpec& spec, const Services& services, std::uint64_t number);

}  // namespace talos::supervisor
