#pragma once
#include "aio/probe.hpp"
#include "config/model.hpp"
#include <functional>
#include <memory>

namespace talos::supervisor {

struct Services;

using MakeProbe = std::function<std::unique_ptr<aio::Probe>()>;

/// Makes what asks the question of `probe`, which is one of `spec`'s: a program runs as that worker does. Both are copied.
[[nodiscard]] MakeProbe probes_of(Services& services, const config::WorkerSpec& spec, const config::ProbeSpec& probe);

}  // namespace talos::supervisor
