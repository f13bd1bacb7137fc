#include "worker/data/worker.hpp"

#include "worker/data/parts.hpp"
#include <optional>
#include <type_traits>
#include <variant>

namespace talos::worker {

using config::Hook;
using namespace states;

namespace {

Goal goal_of(const std::optional<Leaving>& leaving) { return leaving ? leaving->goal : Goal::up; }

struct GoalOf {
    Goal operator()(const Stopped& at) const { return at.held_back ? Goal::up : Goal::down; }
    Goal operator()(const Starting& at) const {
        const auto* awaiting = std::get_if<Awaiting>(&at.phase);
        return awaiting != nullptr ? goal_of(awaiting->leaving) : Goal::up;
    }
    Goal operator()(const Running& at) const { return goal_of(at.leaving); }
    Goal operator()(const Backoff&) const { return Goal::up; }
    Goal operator()(const Stopping& at) const { return at.then == Then::down ? Goal::down : Goal::up; }
    Goal operator()(const states::Exited& at) const { return at.goal; }
    Goal operator()(const Completed& at) const {
        const auto* over = std::get_if<Over>(&at.how);
        return over != nullptr ? over->goal : goal_of(std::get<RemainsUp>(at.how).leaving);
    }
    Goal operator()(const Fatal& at) const { return at.goal; }
};

Hook hook_of(Task task) {
    switch (task) {
    case Task::post_start: return Hook::post_start;
    case Task::reload_program:
    case Task::reload_program_announced: return Hook::reload;
    case Task::none:
    case Task::reload_answer: return Hook::none;
    }
    __builtin_unreachable();
}

template <class Part>
constexpr bool has_leftovers = requires(Part at) {
    at.left;
};

/// `Where` is a Situation, const or not.
template <class Where>
auto find_leftovers(Where& where) {
    using Found = std::conditional_t<std::is_const_v<Where>, const Leftovers, Leftovers>;
    return std::visit(
        [](auto& at) -> Found* {
            if constexpr (has_leftovers<decltype(at)>) return &at.left;
            else return nullptr;
        },
        where);
}

template <class Where>
auto find_awaiting(Where& where) {
    auto* starting = std::get_if<Starting>(&where);
    return starting != nullptr ? std::get_if<Awaiting>(&starting->phase) : nullptr;
}

template <class Where>
auto find_clock(Where& where) {
    if (auto* awaiting = find_awaiting(where)) return &awaiting->clock;
    auto* running = std::get_if<Running>(&where);
    return running != nullptr ? &running->clock : nullptr;
}

template <class Where>
auto find_remains_up(Where& where) {
    auto* completed = std::get_if<Completed>(&where);
    return completed != nullptr ? std::get_if<RemainsUp>(&completed->how) : nullptr;
}

template <class Where>
auto find_leaving(Where& where) {
    if (auto* awaiting = find_awaiting(where)) return &awaiting->leaving;
    if (auto* remains = find_remains_up(where)) return &remains->leaving;
    auto* running = std::get_if<Running>(&where);
    return running != nullptr ? &running->leaving : nullptr;
}

}   // namespace

Leftovers* leftovers(Worker& worker) { return find_leftovers(worker.where); }
Clock* clock_of(Worker& worker) { return find_clock(worker.where); }
std::optional<Leaving>* leaving_of(Worker& worker) { return find_leaving(worker.where); }
Stopping* stopping(Worker& worker) { return std::get_if<Stopping>(&worker.where); }
const Stopping* stopping(const Worker& worker) { return std::get_if<Stopping>(&worker.where); }
Running* running(Worker& worker) { return std::get_if<Running>(&worker.where); }

Leftovers left_of(const Worker& worker) {
    const auto* left = find_leftovers(worker.where);
    return left != nullptr ? *left : Leftovers{worker.has_rest(), worker.hook(), owes_post_stop(worker)};
}

bool owes_post_stop(const Worker& worker) {
    if (const auto* left = find_leftovers(worker.where)) return left->owes_post_stop;
    if (const auto* stops = stopping(worker)) return stops->owes_post_stop;
    const auto* starting = std::get_if<Starting>(&worker.where);
    const auto* spawning = starting != nullptr ? std::get_if<Spawning>(&starting->phase) : nullptr;
    return spawning != nullptr ? spawning->prepared : !worker.is(State::stopped);
}

Goal* own_goal(Worker& worker) {
    if (auto* exited = std::get_if<states::Exited>(&worker.where)) return &exited->goal;
    if (auto* fatal = std::get_if<Fatal>(&worker.where)) return &fatal->goal;
    auto* completed = std::get_if<Completed>(&worker.where);
    auto* over = completed != nullptr ? std::get_if<Over>(&completed->how) : nullptr;
    return over != nullptr ? &over->goal : nullptr;
}

const Clock* Worker::clock() const { return find_clock(where); }

const Leaving* Worker::leaving() const {
    const auto* leaving = find_leaving(where);
    return leaving != nullptr && *leaving ? &**leaving : nullptr;
}

Goal Worker::goal() const { return std::visit(GoalOf{}, where); }

bool Worker::has_main() const {
    const auto* stops = stopping(*this);
    return stops != nullptr ? stops->tree == Tree::main : main_is_up();
}

bool Worker::has_rest() const {
    if (const auto* stops = stopping(*this)) return stops->tree == Tree::rest;
    const auto* left = find_leftovers(where);
    return left != nullptr && left->rest;
}

Hook Worker::hook() const {
    if (const auto* stops = stopping(*this)) return stops->hook;
    if (const auto* runs = std::get_if<Running>(&where)) return hook_of(runs->task);
    if (const auto* left = find_leftovers(where)) return left->hook;
    return is_starting<PreStart>(*this) ? Hook::pre_start : Hook::none;
}

bool Worker::ended_well() const {
    return is_completed() || (is(State::exited) && reason.none() && last_exit && last_exit->status.clean());
}

bool Worker::remains_up() const { return find_remains_up(where) != nullptr; }

bool Worker::held_back() const {
    const auto* stopped = std::get_if<Stopped>(&where);
    return stopped != nullptr && stopped->held_back.has_value();
}

bool Worker::given_up() const {
    if (const auto* stops = stopping(*this)) return stops->then == Then::failure;
    const auto* leaves = leaving();
    return leaves != nullptr && leaves->given_up;
}

bool Worker::is_paused() const {
    const auto* time = clock();
    return time != nullptr && (std::holds_alternative<states::Paused>(*time) || std::holds_alternative<PausedTimer>(*time));
}

bool Worker::is_reloading() const {
    const auto* runs = std::get_if<Running>(&where);
    return runs != nullptr && runs->task != Task::none && runs->task != Task::post_start;
}

bool Worker::plan_waits() const {
    const auto* stops = stopping(*this);
    return stops != nullptr && !stops->step;
}

bool Worker::kill_sent() const {
    const auto* stops = stopping(*this);
    return stops != nullptr && stops->step && *stops->step >= spec->stop.size();
}

bool Worker::fatal_exit() const {
    const auto* fatal = std::get_if<Fatal>(&where);
    return fatal != nullptr && fatal->fatal_exit;
}

bool Worker::is_at_rest() const {
    switch (state()) {
    case State::stopped:
    case State::exited:
    case State::completed:
    case State::fatal: return !remains_up() && !has_processes() && notice == Hook::none;
    case State::starting:
    case State::running:
    case State::backoff:
    case State::stopping: return false;
    }
    __builtin_unreachable();
}

std::optional<WallTime> Worker::next_start() const {
    const auto* backoff = std::get_if<Backoff>(&where);
    const auto* delay = backoff != nullptr ? std::get_if<Delay>(&backoff->until) : nullptr;
    return delay != nullptr ? std::optional(delay->next_start) : std::nullopt;
}

/// What a run has come to is what the new config calls it.
void Worker::adopt(const config::WorkerSpec& wanted) {
    spec = &wanted;
    const auto* goal = own_goal(*this);
    if (goal == nullptr || is(State::fatal)) return;
    const auto is_wanted = *goal;
    const auto left = left_of(*this);
    if (reason.none() && last_exit && completes(wanted, last_exit->status)) where = Completed{left, Over{is_wanted}};
    else where = states::Exited{left, is_wanted};
}

}   // namespace talos::worker
