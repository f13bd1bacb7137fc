#pragma once
#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "worker/data/parts.hpp"
#include "worker/machine/machine.hpp"
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
        switch (entered) {
        case State::stopped: made.where = states::Stopped{}; break;
        case State::starting: made.where = states::Starting{states::Spawning{}}; break;
        case State::running: made.where = states::Running{}; return made.with_main();
        case State::backoff: made.where = states::Backoff{{}, states::Delay{t0.wall + 100ms}}; break;
        case State::stopping: made.where = states::Stopping{.step = std::uint16_t{0}}; return made.with_main();
        case State::exited: made.where = states::Exited{}; break;
        case State::completed:
            made.where = states::Completed{};
            made.last_exit = LastExit{ExitStatus{}, t0.wall, 0ms};
            break;
        case State::fatal:
            made.where = states::Fatal{};
            made.reason = Reason(reasons::Limit{3, 1min, "exit code 1"});
            break;
        }
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
    /// Stopped: up, it waits for what it depends on. Stopping: up, it is started again.
    [[nodiscard]] AWorker wanted(Goal wish) const {
        auto made = *this;
        const bool up = wish == Goal::up;
        if (is(State::stopped)) made.where = up ? states::Stopped{Start::automatic} : states::Stopped{};
        else if (auto* stops = stopping(made)) stops->then = up ? Then::start : Then::down;
        else *own_goal(made) = wish;
        return made;
    }
    /// In stopping, and up since it was not ready in time or was unhealthy.
    [[nodiscard]] AWorker stopping_given_up() const {
        auto made = in(State::stopping);
        stopping(made)->then = Then::failure;
        return made;
    }
    [[nodiscard]] AWorker with_main() const {
        auto made = *this;
        if (is(State::starting)) made.where = states::Starting{states::Awaiting{}};
        if (auto* stops = stopping(made)) {
            stops->tree = states::Tree::main;
            stops->owes_post_stop = true;
        }
        made.had_main = true;
        made.spawned = t0;
        return made;
    }
    [[nodiscard]] AWorker with_hook(config::Hook which) const {
        auto made = *this;
        if (auto* left = leftovers(made)) left->hook = which;
        if (auto* runs = running(made))
            runs->task = which == config::Hook::reload ? states::Task::reload_program : states::Task::post_start;
        if (is(State::starting)) made.where = states::Starting{states::PreStart{}};
        if (auto* stops = stopping(made)) {
            stops->hook = which;
            if (which == config::Hook::pre_start) stops->owes_post_stop = true;
        }
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
        *clock_of(made) = states::Paused{};
        return made;
    }
    /// In stopping, before the stop plan has begun.
    [[nodiscard]] AWorker with_plan_held() const {
        auto made = *this;
        stopping(made)->step.reset();
        return made;
    }
    /// Nothing of a run that failed is left, and postStop has not run yet.
    [[nodiscard]] AWorker after_run() const {
        auto made = *this;
        leftovers(made)->owes_post_stop = true;
        made.last_exit = LastExit{ExitStatus{1, 0, false, {}}, t0.wall, 0ms};
        return made;
    }
    /// A oneshot that has done its work and remains up until it is stopped.
    [[nodiscard]] AWorker done_and_up() const {
        auto made = in(State::completed);
        made.where = states::Completed{{.owes_post_stop = true}, states::RemainsUp{}};
        made.had_main = true;
        made.spawned = t0;
        return made;
    }
    /// Main is gone, more of its tree is not.
    [[nodiscard]] AWorker with_rest_only() const {
        auto made = *this;
        if (auto* stops = stopping(made)) stops->tree = states::Tree::rest;
        else leftovers(made)->rest = true;
        if (!is(State::completed)) made.last_exit = LastExit{ExitStatus{1, 0, false, {}}, t0.wall, 0ms};
        return made;
    }
    /// In stopping: neither main nor more of its tree is left, and postStop needs not follow.
    [[nodiscard]] AWorker without_processes() const {
        auto made = *this;
        stopping(made)->tree = states::Tree::none;
        stopping(made)->owes_post_stop = false;
        return made;
    }
    /// In backoff after the delay; the worker waits only for other processes of its tree.
    [[nodiscard]] AWorker after_delay() const {
        auto made = *this;
        std::get<states::Backoff>(made.where).until = states::LeftoversEnd{Start::automatic};
        made.reason = Reason(reasons::RestEnds{});
        return made;
    }
    [[nodiscard]] AWorker at_step(std::uint16_t step) const {
        auto made = *this;
        stopping(made)->step = step;
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
/// Index of the stop plan's step; 0 before it has begun.
inline std::size_t step_of(const Worker& worker) {
    const auto* stops = stopping(worker);
    return stops != nullptr ? stops->step.value_or(0) : 0;
}
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
    std::string text = std::string(to_text(transition.worker.state())) + ' ' + std::string(to_text(transition.worker.goal()));
    std::string separator = ": ";
    for (const auto& action : transition.actions) {
        text += separator + std::visit(ActionText{}, action);
        separator = ", ";
    }
    return text;
}

inline std::string outcome(const Worker& before, const Event& event) { return outcome(before, next(before, event)); }

}   // namespace talos::worker
