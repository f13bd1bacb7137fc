#include "worker/data/event.hpp"

namespace talos::worker {

namespace {

struct CauseOf {
    std::string_view operator()(const StartAsked&) const { return "start"; }
    std::string_view operator()(const StopAsked&) const { return "stop"; }
    std::string_view operator()(const RestartAsked&) const { return "restart"; }
    std::string_view operator()(const KillAsked&) const { return "kill"; }
    std::string_view operator()(const ResetAsked&) const { return "reset"; }
    std::string_view operator()(const PauseAsked&) const { return "pause"; }
    std::string_view operator()(const ResumeAsked&) const { return "resume"; }
    std::string_view operator()(const ReloadAsked&) const { return "reload"; }
    std::string_view operator()(const ReloadAnnounced&) const { return "reloading"; }
    std::string_view operator()(const Paused&) const { return "paused"; }
    std::string_view operator()(const Resumed&) const { return "resumed"; }
    std::string_view operator()(const Spawned&) const { return "spawn"; }
    std::string_view operator()(const BecameReady&) const { return "ready"; }
    std::string_view operator()(const TimeAsked&) const { return "time"; }
    std::string_view operator()(const Unhealthy&) const { return "unhealthy"; }
    std::string_view operator()(const SpawnFailed&) const { return "spawn-error"; }
    std::string_view operator()(const Exited&) const { return "exit"; }
    std::string_view operator()(const RestGone&) const { return "tree-empty"; }
    std::string_view operator()(const Held&) const { return "dependency"; }
    std::string_view operator()(const Released&) const { return "dependency"; }
    std::string_view operator()(const StopDeferred&) const { return "stop"; }
    std::string_view operator()(const RestartDeferred&) const { return "restart"; }
    std::string_view operator()(const DependentsGone&) const { return "dependency"; }
    std::string_view operator()(const TimerFired&) const { return "timer"; }
    std::string_view operator()(const HookEnded&) const { return "hook"; }
    std::string_view operator()(const NoticeEnded&) const { return "hook"; }
};

}   // namespace

std::string_view cause(const Event& event) { return std::visit(CauseOf{}, event); }

Stamp at(const Event& event) {
    return std::visit([](const auto& e) { return e.at; }, event);
}

}   // namespace talos::worker
