#pragma once
#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "worker/machine.hpp"
#include <chrono>
#include <string>

/// Builders for tests of the state machine. A test reads as situation, event, expectation:
///     const auto waiting = a_worker().in(State::backoff).failed(3);
///     const auto stopped = next(waiting, StopAsked{t0});
namespace talos::worker {

using namespace std::chrono_literals;

/// The time of all situations. Both clocks are far apart, so that a test fails if they are mixed up.
inline constexpr Stamp t0{SteadyTime{1000s}, WallTime{1'769'650'000'000ms}};

constexpr Stamp operator+(Stamp at, Millis after) { return {at.steady + after, at.wall + after}; }

/// Round figures, no jitter, and a stop plan of two steps: SIGINT, 5 s, SIGTERM, 10 s, SIGKILL.
inline config::WorkerSpec a_spec() {
    config::WorkerSpec spec;
    spec.name = "web";
    spec.command = {"./server"};
    spec.start_time = 1s;
    spec.restart.jitter = 0;
    spec.stop = {{SIGINT, 5s}, {SIGTERM, 10s}};
    return spec;
}

inline const config::WorkerSpec plain_spec = a_spec();

inline config::WorkerSpec a_spec_with(config::RestartSpec restart) {
    auto spec = a_spec();
    spec.restart = restart;
    return spec;
}

struct AWorker : Worker {
    /// The worker as it normally is when it enters the state: in running and stopping with its main process (spawned at t0), in
    /// starting before its spawn, in other states without processes.
    [[nodiscard]] AWorker in(State entered) const {
        auto made = *this;
        made.state = entered;
        made.goal = entered == State::stopped || entered == State::stopping ? Goal::down : Goal::up;
        if (entered == State::running || entered == State::stopping) made = made.with_main();
        if (entered == State::backoff) made.next_start = t0.wall + 100ms;
        if (entered == State::fatal) made.reason = "3 failures within 1m";
        return made;
    }
    [[nodiscard]] AWorker of(const config::WorkerSpec& its_spec) const {
        auto made = *this;
        made.spec = &its_spec;
        return made;
    }
    [[nodiscard]] AWorker of(config::WorkerSpec&&) const = delete;   // the spec is not owned: a temporary would dangle
    [[nodiscard]] AWorker failed(std::uint32_t times) const {
        auto made = *this;
        made.failures = times;
        return made;
    }
    [[nodiscard]] AWorker wanted(Goal wish) const {
        auto made = *this;
        made.goal = wish;
        return made;
    }
    [[nodiscard]] AWorker with_main() const {
        auto made = *this;
        made.main_alive = true;
        made.ran = true;
        made.had_main = true;
        made.spawned = t0;
        return made;
    }
    [[nodiscard]] AWorker with_hook(config::Hook which) const {
        auto made = *this;
        made.hook = which;
        if (which == config::Hook::pre_start) made.ran = true;
        return made;
    }
    [[nodiscard]] AWorker with_notice(config::Hook which) const {
        auto made = *this;
        made.notice = which;
        return made;
    }
    /// The main process is stopped by a signal, and its timer is paused.
    [[nodiscard]] AWorker paused_now() const {
        auto made = with_main();
        made.paused = true;
        return made;
    }
    /// In stopping, before the stop plan has begun.
    [[nodiscard]] AWorker with_plan_held() const {
        auto made = *this;
        made.plan_waits = true;
        return made;
    }
    /// The run has no processes left, and postStop has not run yet.
    [[nodiscard]] AWorker after_run() const {
        auto made = *this;
        made.main_alive = false;
        made.ran = true;
        made.last_exit = LastExit{ExitStatus{1, 0, false, {}}, t0.wall, 0ms};
        return made;
    }
    /// The main process has ended; other processes of its tree still run.
    [[nodiscard]] AWorker with_rest_only() const {
        auto made = *this;
        made.main_alive = false;
        made.rest_alive = true;
        made.last_exit = LastExit{ExitStatus{1, 0, false, {}}, t0.wall, 0ms};
        return made;
    }
    /// In backoff after the delay; the worker waits only for other processes of its tree.
    [[nodiscard]] AWorker after_delay() const {
        auto made = *this;
        made.waited = true;
        made.next_start.reset();
        made.reason = "waiting for the rest of its last run to end";
        return made;
    }
    [[nodiscard]] AWorker at_step(std::uint16_t step) const {
        auto made = *this;
        made.stop_step = step;
        return made;
    }
};

inline AWorker a_worker() {
    AWorker made;
    static_cast<Worker&>(made) = make_worker(plain_spec, 42, t0);
    made.epoch = 7;
    return made;
}

inline ExitStatus exit_code(int code) { return {code, 0, false, {}}; }
inline ExitStatus killed_by(int signal) { return {0, signal, false, {}}; }
inline Exited exited(Stamp at, ExitStatus status) { return {at, status, false}; }
inline Exited exited_leaving_rest(Stamp at, ExitStatus status) { return {at, status, true}; }
inline TimerFired timer_of(const Worker& worker, Stamp at) { return {at, worker.epoch}; }

struct ActionText {
    std::string operator()(const Spawn&) const { return "spawn"; }
    std::string operator()(const SignalMain& a) const { return "main " + signal_name(a.signal); }
    std::string operator()(const SignalRest& a) const { return "rest " + signal_name(a.signal); }
    std::string operator()(const ArmTimer& a) const { return "timer " + format_duration(a.after); }
    std::string operator()(const RunHook& a) const { return "run " + std::string(to_text(a.which)); }
    std::string operator()(const PauseTree&) const { return "pause"; }
    std::string operator()(const ResumeTree&) const { return "resume"; }
    std::string operator()(const SignalReload& a) const { return "reload " + signal_name(a.signal); }
    std::string operator()(const SignalHook& a) const { return "hook " + signal_name(a.signal); }
};

/// `stopping down: main SIGINT, timer 5s`, or `same` if neither the worker changes nor an action is returned.
inline std::string outcome(const Worker& before, const Transition& transition) {
    if (transition.worker == before && transition.actions.empty()) return "same";
    std::string text = std::string(to_text(transition.worker.state)) + ' ' + std::string(to_text(transition.worker.goal));
    std::string separator = ": ";
    for (const auto& action : transition.actions) {
        text += separator + std::visit(ActionText{}, action);
        separator = ", ";
    }
    return text;
}

inline std::string outcome(const Worker& before, const Event& event) { return outcome(before, next(before, event)); }

}   // namespace talos::worker
