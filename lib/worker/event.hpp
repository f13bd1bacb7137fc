#pragma once
#include "core/exit_status.hpp"
#include "core/time.hpp"
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

/// What can happen to a worker. Time arrives inside.
namespace talos::worker {

struct StartAsked { Stamp at; };
struct StopAsked { Stamp at; };
struct RestartAsked { Stamp at; };
struct KillAsked { Stamp at; };                          ///< stop, and no more patience: SIGKILL now
struct Spawned { Stamp at; };                            ///< the Spawn action succeeded; `at` is the moment before the clone
struct BecameReady { Stamp at; };                        ///< by what `ready` of the config asks for
struct TimeAsked { Stamp at; Millis more; };             ///< while it starts: it needs so much time from now on
struct Unhealthy { Stamp at; std::string reason; };      ///< by what `health` of the config asks for, which wants it restarted; in words
struct SpawnFailed { Stamp at; std::string reason; };    ///< it did not; step, path and error in words
struct Exited { Stamp at; ExitStatus status; bool rest_alive; };   ///< main was reaped; whether more of its tree is left
struct RestGone { Stamp at; };                           ///< nothing of the tree is left (after Exited said there was)
struct TimerFired { Stamp at; std::uint64_t epoch; };    ///< the timer that was armed in that epoch

using Event = std::variant<StartAsked, StopAsked, RestartAsked, KillAsked, Spawned, BecameReady, TimeAsked, Unhealthy, SpawnFailed, Exited,
                           RestGone, TimerFired>;

/// For the journal: `start`, `stop`, `restart`, `kill`, `spawn`, `ready`, `time`, `unhealthy`, `spawn-error`, `exit`, `tree-empty`,
/// `timer`.
[[nodiscard]] std::string_view cause(const Event& event);
[[nodiscard]] Stamp at(const Event& event);

}  // namespace talos::worker
