#pragma once
#include "checks/probes/probe.hpp"
#include "config/model/model.hpp"
#include <functional>
#include <memory>

namespace talos::turn {
struct Services;
}

namespace talos::checks {

using MakeProbe = std::function<std::unique_ptr<Probe>()>;

/// Makes what asks the question of `probe`, which is one of `spec`'s: a program runs as that worker does. Both are copied.
[[nodiscard]] MakeProbe probes_of(turn::Services& services, const config::WorkerSpec& spec, const config::ProbeSpec& probe);

}   // namespace talos::checks
