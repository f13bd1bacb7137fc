#include "worker/machine/failing.hpp"

#include "worker/data/parts.hpp"
#include "worker/data/restart_policy.hpp"
#include "worker/machine/hooks.hpp"
#include "worker/machine/moves.hpp"
#include "worker/machine/starting.hpp"
#include <algorithm>
#include <utility>

namespace talos::worker {

using states::Backoff;
using states::Delay;
using states::Fatal;
using states::Leftovers;
using states::Spawning;

namespace {

/// Notes the failure; true when it is the one that makes `limit` of them within `window`.
bool over_limit(Worker& worker, SteadyTime now) {
    const auto& policy = worker.spec->restart;
    if (policy.limit == 0) return false;
    auto& recent = worker.recent_failures;
    std::erase_if(recent, [&](SteadyTime failed) { return now - failed > policy.window; });
    recent.push_back(now);
    return recent.size() >= policy.limit;
}

/// The next attempt after a failure, not before `floor`; or fatal.
Transition retry(Worker worker, Leftovers left, Stamp at, Millis floor) {
    const auto& policy = worker.spec->restart;
    ++worker.failures;
    if (over_limit(worker, at.steady)) return enter(Fatal{.left = left}, std::move(worker), at);
    const Millis wait = std::max(floor, delay(policy, worker.failures, roll(worker.random)));
    if (wait.count() == 0) return begin_start(std::move(worker), left, at, Start::automatic);
    return enter(Backoff{left, Delay{at.wall + wait}}, std::move(worker), at, {ArmTimer{wait}});
}

Transition end_for_good(Worker worker, Leftovers left, Stamp at, const ExitStatus& status) {
    ++worker.failures;
    auto ended = enter(Fatal{.left = left, .fatal_exit = true}, std::move(worker), at);
    return with_reason(std::move(ended), Reason(reasons::FatalExit{status.code, status.signal}));
}

Reason limit_reason(const config::RestartSpec& policy, std::string last) {
    return Reason(reasons::Limit{policy.limit, policy.window, std::move(last)});
}

bool wants_restart(const Worker& worker, const ExitStatus& status) {
    switch (worker.spec->restart.policy) {
    case config::RestartSpec::Policy::always: return true;
    case config::RestartSpec::Policy::on_failure: return !status.clean();
    case config::RestartSpec::Policy::never: return false;
    }
    __builtin_unreachable();
}

}   // namespace

Transition count_failure(Worker worker, Leftovers left, Stamp at, Reason reason) {
    const auto& policy = worker.spec->restart;
    auto failed = policy.policy == config::RestartSpec::Policy::never ? enter(states::Exited{.left = left}, std::move(worker), at)
                                                                      : retry(std::move(worker), left, at, spawn_retry_floor);
    append(failed.actions, follow_run(failed.worker));
    const bool fatal = failed.worker.is(State::fatal);
    return with_reason(std::move(failed), fatal ? limit_reason(policy, reason.text()) : std::move(reason));
}

Transition after_given_up(Worker worker, Stamp at) {
    Reason reason = std::exchange(worker.reason, {});
    const auto* exit = worker.exit_of_start();
    if (exit == nullptr || exit->status.signal != 0 || !is_fatal_exit(*worker.spec, exit->status))
        return count_failure(std::move(worker), {}, at, std::move(reason));
    const ExitStatus status = exit->status;
    return end_for_good(std::move(worker), {}, at, status);
}

Transition on_spawn_failed(Worker worker, const SpawnFailed& event) {
    if (!is_starting<Spawning>(worker)) return stay(std::move(worker));
    worker.result = RunResult::spawn_error;
    return count_failure(std::move(worker), {.owes_post_stop = true}, event.at, Reason(reasons::StartFailed{event.reason}));
}

bool is_fatal_exit(const config::WorkerSpec& spec, const ExitStatus& status) {
    const auto* exits = spec.fatal_exits.get();
    if (exits == nullptr) return false;
    if (status.signal != 0) return std::binary_search(exits->signals.begin(), exits->signals.end(), status.signal);
    if (completes(spec, status)) return false;
    return std::binary_search(exits->codes.begin(), exits->codes.end(), status.code);
}

Transition after_unexpected_exit(Worker worker, Leftovers left, const Exited& event) {
    if (is_fatal_exit(*worker.spec, event.status)) return end_for_good(std::move(worker), left, event.at, event.status);
    if (!wants_restart(worker, event.status)) return enter(states::Exited{.left = left}, std::move(worker), event.at);
    const auto& policy = worker.spec->restart;
    const bool measured = worker.spec->ready.get() != nullptr || worker.spec->kind == config::WorkerKind::oneshot;
    const bool never_up = worker.is(State::starting) && measured;   // however long it tried
    if (worker.last_exit->uptime >= policy.reset_after && !never_up) {
        worker.failures = 0;   // earlier ones still count against `limit` until the window has passed them
        return begin_start(std::move(worker), left, event.at, Start::automatic);
    }
    auto failed = retry(std::move(worker), left, event.at, Millis{0});
    if (!failed.worker.is(State::fatal)) return failed;
    return with_reason(std::move(failed), limit_reason(policy, to_text(event.status)));
}

}   // namespace talos::worker
