#include "support/a_worker.hpp"
#include "support/catch.hpp"
#include <algorithm>
#include <array>
#include <random>

// Random walks: whatever happens in whatever order, some things never do.

using namespace talos;
using namespace talos::worker;

namespace {

constexpr int seeds = 400;
constexpr int events_a_seed = 500;

template <class A>
auto count(const Actions& actions) {
    return std::count_if(actions.begin(), actions.end(), [](const Action& action) { return std::holds_alternative<A>(action); });
}

/// The first rule that the transition breaks, or nothing.
const char* broken_rule(const Worker& before, const Event& event, const Transition& transition) {
    const auto& after = transition.worker;
    const auto spawns = count<Spawn>(transition.actions);
    if (spawns > 1) return "two spawns in one transition";
    if (spawns == 1 && (after.has_main() || after.has_rest())) return "spawned beside what is still alive";
    if (spawns == 1 && after.state() != State::starting) return "spawned outside starting";
    if (spawns == 1 && after.goal() == Goal::down) return "spawned though wanted down";
    if (count<ArmTimer>(transition.actions) > 1) return "two timers";
    if (after.epoch < before.epoch) return "the epoch went back";
    if (after.state() != before.state() && after.epoch == before.epoch) return "a state entered without moving the epoch";
    if (after.next_start() && after.state() != State::backoff) return "next_start outside backoff";
    if (after.state() == State::backoff && !after.next_start() && !after.has_rest())
        return "the delay is over, and there is nothing to wait for";
    if (step_of(after) > after.spec->stop.size()) return "stop_step past SIGKILL";
    if (after.state() == State::stopping && !after.has_main() && !after.has_rest()) return "stopping with an empty tree";
    if (after.state() == State::running && !after.has_main()) return "running without a process";
    if (after.state() == State::stopped && (after.has_main() || after.has_rest())) return "stopped with a tree";
    if (after.has_main() && after.state() != State::starting && after.state() != State::running &&
        after.state() != State::stopping)
        return "a main process in a state that has none";
    const bool to_go_down = after.leaves_later() && after.has_main();
    if (after.goal() == Goal::down && !to_go_down &&
        ((after.ready() && !after.leaves_later()) || after.state() == State::starting || after.state() == State::backoff))
        return "wanted down and yet going up";
    if (after.held_back() && !after.held) return "wanted up and yet stopped, with nothing to wait for";
    if (after.held && after.state() == State::starting && !after.has_main()) return "a start although it is held";
    if (after.is_completed() && !(after.last_exit && completes(*after.spec, after.last_exit->status)))
        return "completed by an end that completes nothing";
    if (after.remains_up() && !after.spec->remain_up) return "up without a process";
    if (after.leaves_later() && !after.has_main() && !after.remains_up())
        return "nothing is left that its stop could be deferred for";
    if (after.state() == State::fatal && after.reason.none()) return "fatal without a reason";
    if (after.restarts < before.restarts || after.restarts > before.restarts + 1) return "restarts do not count by one";
    if (std::holds_alternative<StartAsked>(event) && after.restarts != before.restarts)
        return "a start that was asked for counted";
    for (const auto& action : transition.actions) {
        if (std::holds_alternative<SignalMain>(action) && !after.has_main()) return "a signal to a main process that is gone";
        if (std::holds_alternative<SignalRest>(action) && !after.has_rest()) return "a signal to a rest that is gone";
    }
    return nullptr;
}

class Walk {
public:
    explicit Walk(std::uint32_t seed) : random_(seed), spec_(random_spec()), worker_(make_worker(spec_, seed, t0)) {}

    /// Anything at all, whether the kernel could say it now or not.
    Event anything() {
        if (random_() % 8 == 0) return of_dependencies();
        switch (random_() % 12) {
        case 0: return StartAsked{at_};
        case 1: return StopAsked{at_};
        case 2: return RestartAsked{at_};
        case 3: return KillAsked{at_};
        case 4: return SpawnFailed{at_, "exec: no"};
        case 5: return RestGone{at_};
        case 6: return TimerFired{at_, random_() % (worker_.epoch + 2)};
        case 7:
        case 8: return timer_of(worker_, at_);
        case 9: return exited(at_, exit_code(static_cast<int>(random_() % 2)));
        case 10: return exited_leaving_rest(at_, killed_by(SIGSEGV));
        default: return Spawned{at_};
        }
    }

    /// What could come next of a kernel and a runner that do as they are told: an answer to the spawn, else an exit, else a wish.
    Event plausible() {
        if (worker_.state() == State::starting && !worker_.has_main()) {
            if (random_() % 4 == 0) return SpawnFailed{at_, "exec: no"};
            return Spawned{at_};
        }
        if (random_() % 8 == 0) return of_dependencies();
        switch (random_() % 8) {
        case 0: return StartAsked{at_};
        case 1: return random_() % 4 == 0 ? Event{KillAsked{at_}} : Event{StopAsked{at_}};
        case 2: return RestartAsked{at_};
        case 3: return timer_of(worker_, at_);
        case 4: return RestGone{at_};
        case 5: return exited_leaving_rest(at_, exit_code(1));
        default: return exited(at_, exit_code(static_cast<int>(random_() % 2)));
        }
    }

    Event of_dependencies() {
        switch (random_() % 5) {
        case 0: return StopDeferred{at_};
        case 1: return RestartDeferred{at_};
        case 2: return DependentsGone{at_};
        default: return worker_.held ? Event{Released{at_}} : Event{Held{at_}};
        }
    }

    /// The rule that this event broke, or nothing.
    const char* take(const Event& event) {
        auto transition = next(worker_, event);
        const char* broken = broken_rule(worker_, event, transition);
        worker_ = std::move(transition.worker);
        at_ = at_ + Millis{random_() % 4'000};
        return broken;
    }

    /// Asks for a stop and lets nothing die of anything but SIGKILL. True when the plan got it down, SIGKILL neither early nor late.
    bool comes_down() {
        const bool plan_begins = worker_.has_main() && worker_.state() != State::stopping;
        if (take(StopAsked{at_}) != nullptr) return false;
        std::size_t timers = 0;
        while (worker_.state() == State::stopping && !worker_.kill_sent()) {
            if (take(timer_of(worker_, at_)) != nullptr || ++timers > spec_.stop.size()) return false;
        }
        if (plan_begins && timers != spec_.stop.size()) return false;
        if (worker_.has_main() && take(exited_leaving_rest(at_, killed_by(SIGKILL))) != nullptr) return false;
        if (worker_.has_rest() && take(RestGone{at_}) != nullptr) return false;
        return worker_.is_at_rest() && worker_.goal() == Goal::down && !worker_.has_main() && !worker_.has_rest();
    }

    [[nodiscard]] const Worker& worker() const { return worker_; }

private:
    config::WorkerSpec random_spec() {
        using Policy = config::RestartSpec::Policy;
        auto spec = a_spec();
        spec.restart.policy = std::array{Policy::always, Policy::on_failure, Policy::never}[random_() % 3];
        spec.restart.delay = Millis{random_() % 3 * 100};
        spec.restart.limit = static_cast<std::uint32_t>(random_() % 3 * 2);
        spec.restart.jitter = 0.5;
        spec.restart.reset_after = Millis{random_() % 2 * 5'000 + 1'000};
        spec.start_time = Millis{random_() % 2 * 1'000};
        spec.stop.resize(random_() % 4);
        if (random_() % 3 == 0) spec.kind = config::WorkerKind::oneshot;
        spec.remain_up = spec.kind == config::WorkerKind::oneshot && random_() % 2 == 0;
        return spec;
    }

    std::mt19937 random_;
    config::WorkerSpec spec_;
    Worker worker_;
    Stamp at_ = t0;
};

/// Walks every seed; names the first rule that is broken, and where.
void walk_all(Event (Walk::*event)()) {
    std::array<int, all_states.size()> visits{};
    for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
        Walk walk{seed};
        for (int step = 0; step < events_a_seed; ++step) {
            const Event what = (walk.*event)();
            const char* broken = walk.take(what);
            ++visits[static_cast<std::size_t>(walk.worker().state())];
            if (broken == nullptr) continue;
            INFO("seed " << seed << ", step " << step << ", event " << cause(what) << ": " << broken);
            REQUIRE(broken == nullptr);
        }
        INFO("seed " << seed);
        REQUIRE(walk.comes_down());
    }
    for (const State state : all_states) {
        INFO(to_text(state));
        CHECK(visits[static_cast<std::size_t>(state)] > 100);   // the walk has been everywhere
    }
}

}   // namespace

TEST_CASE("random walk: 200,000 events of any kind at any time break no rule, and a stop always gets it down") {
    walk_all(&Walk::anything);
}

TEST_CASE("random walk: 200,000 events as a kernel would send them break no rule, and a stop always gets it down") {
    walk_all(&Walk::plausible);
}
