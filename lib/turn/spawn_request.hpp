#pragma once
#include "config/model/model.hpp"
#include "core/result.hpp"
#include "posix/spawn/spawn.hpp"
#include "turn/services.hpp"

namespace talos::turn {

/// How a worker's next run is to be started, all but its descriptors. `number` goes into its mark: that of a run, a hook or a probe.
/// Users and groups are looked up: fails for one that is not there.
[[nodiscard]] Result<posix::SpawnRequest> spawn_request(const config::WorkerSpec& spec, const Services& services,
                                                        std::uint64_t number);

}   // namespace talos::turn
