#pragma once
#include "worker/machine/machine.hpp"
#include <cstdint>
#include <string_view>

/// How a worker comes up. For the files of the machine alone.
namespace talos::worker {

/// Who wants the start: only an automatic one counts as a restart.
enum class Start : std::uint8_t { automatic, asked };

[[nodiscard]] Transition begin_start(Worker worker, Stamp at, Start start);

/// It is up now.
[[nodiscard]] Transition come_up(Worker worker, Stamp at);
/// In backoff: something of the last run that the next one may have waited for is gone.
[[nodiscard]] Transition go_on_waiting(Worker worker, Stamp at);

/// Why the last probe did not find it ready, by its `reason`; empty when none has failed.
[[nodiscard]] std::string_view last_probe_failure(const Worker& worker);

/// The spec that a worker waits by, while it waits to become ready.
[[nodiscard]] const config::ReadySpec* awaited(const Worker& worker);

[[nodiscard]] Transition on_start_asked(Worker worker, Stamp at);
[[nodiscard]] Transition on_spawned(Worker worker, Stamp at);
[[nodiscard]] Transition on_ready(Worker worker, Stamp at);
/// Waits in stopped for what it depends on.
[[nodiscard]] Transition hold_back(Worker worker, Stamp at, Start start);

[[nodiscard]] Transition on_held(Worker worker, Stamp at);
[[nodiscard]] Transition on_released(Worker worker, Stamp at);
[[nodiscard]] Transition on_time_asked(Worker worker, const TimeAsked& event);

}   // namespace talos::worker
