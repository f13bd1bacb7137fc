#pragma once
#include "config/model/model.hpp"
#include "core/exit_status.hpp"
#include "core/time.hpp"
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

/// What can happen to a worker. Time arrives inside.
namespace talos::worker {

struct StartAsked {
    Stamp at;
};
struct StopAsked {
    Stamp at;
};
struct RestartAsked {
    Stamp at;
};
struct KillAsked {
    Stamp at;
};   ///< stop, and no more patience: SIGKILL now
struct ResetAsked {
    Stamp at;
};   ///< earlier failures are to count no more
struct PauseAsked {
    Stamp at;
};
struct ResumeAsked {
    Stamp at;
};
struct ReloadAsked {
    Stamp at;
};   ///< by what `reload` of the config says; changes nothing where reload_refusal() says why
struct ReloadAnnounced {
    Stamp at;
};   ///< it says that it reloads; BecameReady ends that
struct Paused {
    Stamp at;
};   ///< the kernel: main is stopped by a signal
struct Resumed {
    Stamp at;
};   ///< the kernel: it was continued
struct Spawned {
    Stamp at;
};   ///< the Spawn action succeeded; `at` is the moment before the clone
struct BecameReady {
    Stamp at;
};   ///< by what `ready` of the config asks for; ends a reload, too
struct TimeAsked {
    Stamp at;
    Millis more;
};   ///< while it starts: it needs so much time from now on
struct Unhealthy {
    Stamp at;
    std::string reason;
};   ///< by what `health` of the config asks for, which wants it restarted; in words
struct SpawnFailed {
    Stamp at;
    std::string reason;
};   ///< it did not; step, path and error in words
struct Exited {
    Stamp at;
    ExitStatus status;
    bool rest_alive;
};   ///< main was reaped; whether more of its tree is left
struct RestGone {
    Stamp at;
};   ///< nothing of the tree is left (after Exited said there was)
struct Held {
    Stamp at;
};   ///< what it depends on is not there: no start until Released
struct Released {
    Stamp at;
};   ///< what it depends on is there
struct StopDeferred {
    Stamp at;
};   ///< as StopAsked, once DependentsGone says so
struct RestartDeferred {
    Stamp at;
};   ///< as RestartAsked, likewise
struct DependentsGone {
    Stamp at;
};   ///< nobody who has to go before it is left
struct TimerFired {
    Stamp at;
    std::uint64_t epoch;
};   ///< the timer that was armed in that epoch
/// Nothing is left of a hook; `reason` says how it failed, in words, and is empty for one that was told to end.
struct HookEnded {
    Stamp at;
    config::Hook which;
    bool ok;
    std::string reason;
};
struct NoticeEnded {
    Stamp at;
};   ///< nothing is left of the onUnhealthy or onFatal that ran

using Event =
    std::variant<StartAsked, StopAsked, RestartAsked, KillAsked, ResetAsked, PauseAsked, ResumeAsked, ReloadAsked,
                 ReloadAnnounced, Paused, Resumed, Spawned, BecameReady, TimeAsked, Unhealthy, SpawnFailed, Exited, RestGone,
                 Held, Released, StopDeferred, RestartDeferred, DependentsGone, TimerFired, HookEnded, NoticeEnded>;

/// For the journal: `start`, `stop`, `restart`, `kill`, `reset`, `pause`, `resume`, `reload`, `reloading`, `paused`, `resumed`, `spawn`, `ready`, `time`, `unhealthy`, `spawn-error`, `exit`, `tree-empty`,
/// `timer`, `hook`; `dependency` for what workers do to each other.
[[nodiscard]] std::string_view cause(const Event& event);
[[nodiscard]] Stamp at(const Event& event);

}   // namespace talos::worker
