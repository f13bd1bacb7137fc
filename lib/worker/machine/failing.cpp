#include "worker/machine/failing.hpp"

#include "core/duration.hpp"
#include "worker/data/restart_policy.hpp"
#include "worker/machine/hooks.hpp"
#include "worker/machine/moves.hpp"
#include "worker/machine/starting.hpp"
#include <algorithm>
#include <utility>

namespace talos::worker {

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
Transition retry(Worker worker, Stamp at, Millis floor) {
    const auto& policy = worker.spec->restart;
    ++worker.failures;
    if (over_limit(worker, at.steady)) return enter(State::fatal, std::move(worker), at);
    const Millis wait = std::max(floor, delay(policy, worker.failures, roll(worker.random)));
    if (wait.count() == 0) return begin_start(std::move(worker), at, Start::automatic);
    auto waiting = enter(State::backoff, std::move(worker), at, {ArmTimer{wait}});
    waiting.worker.next_start = at.wall + wait;
    return waiting;
}

Transition end_for_good(Worker worker, Stamp at, const ExitStatus& status) {
    ++worker.failures;
    auto ended = with_reason(enter(State::fatal, std::move(worker), at),
                             to_text(ExitStatus{status.code, status.signal, false, {}}) + " is listed in fatalExitCodes");
    ended.worker.fatal_exit = true;
    return ended;
}

std::string limit_reason(const config::RestartSpec& policy, const std::string& last) {
    return std::to_string(policy.limit) + (policy.limit == 1 ? " failure" : " failures") + " within " +
           format_duration(policy.window) + ", the last one: " + last;
}

bool wants_restart(const Worker& worker, const ExitStatus& status) {
    if (worker.spec->kind == config::WorkerKind::oneshot && status.clean())
        return false;   // a reload may be about to make a service of it
    switch (worker.spec->restart.policy) {
    case config::RestartSpec::Policy::always: return true;
    case config::RestartSpec::Policy::on_failure: return !status.clean();
    case config::RestartSpec::Policy::never: return false;
    }
    __builtin_unreachable();
}

}   // namespace

Transition count_failure(Worker worker, Stamp at, const std::string& reason) {
    const auto& policy = worker.spec->restart;
    auto failed = policy.policy == config::RestartSpec::Policy::never ? enter(State::exited, std::move(worker), at)
                                                                      : retry(std::move(worker), at, spawn_retry_floor);
    const bool fatal = failed.worker.state == State::fatal;
    for (const auto& action : follow_run(failed.worker)) failed.actions.push_back(action);
    return with_reason(std::move(failed), fatal ? limit_reason(policy, reason) : reason);
}

Transition after_given_up(Worker worker, Stamp at) {
    const std::string reason = std::exchange(worker.reason, {});
    const auto* status = worker.had_main && worker.last_exit ? &worker.last_exit->status : nullptr;
    if (status == nullptr || status->signal != 0 || !is_fatal_exit(*worker.spec, *status))
        return count_failure(std::move(worker), at, reason);
    auto ended = end_for_good(std::move(worker), at, ExitStatus(*status));
    for (const auto& action : follow_run(ended.worker)) ended.actions.push_back(action);
    return ended;
}

Transition on_spawn_failed(Worker worker, const SpawnFailed& event) {
    if (worker.state != State::starting || worker.main_alive || worker.hook != config::Hook::none) return stay(std::move(worker));
    worker.ran = true;
    worker.result = RunResult::spawn_error;
    return count_failure(std::move(worker), event.at, event.reason);
}

bool is_fatal_exit(const config::WorkerSpec& spec, const ExitStatus& status) {
    const auto* exits = spec.fatal_exits.get();
    if (exits == nullptr) return false;
    if (status.signal != 0) return std::binary_search(exits->signals.begin(), exits->signals.end(), status.signal);
    if (spec.kind == config::WorkerKind::oneshot && status.clean()) return false;
    return std::binary_search(exits->codes.begin(), exits->codes.end(), status.code);
}

Transition after_unexpected_exit(Worker worker, const Exited& event) {
    if (is_fatal_exit(*worker.spec, event.status)) return end_for_good(std::move(worker), event.at, event.status);
    if (!wants_restart(worker, event.status)) return enter(State::exited, std::move(worker), event.at);
    const auto& policy = worker.spec->restart;
    const bool measured = worker.spec->ready.get() != nullptr || worker.spec->kind == config::WorkerKind::oneshot;
    const bool never_up = worker.state == State::starting && measured;   // however long it tried
    if (worker.last_exit->uptime >= policy.reset_after && !never_up) {
        worker.failures = 0;   // earlier ones still count against `limit` until the window has passed them
        return begin_start(std::move(worker), event.at, Start::automatic);
    }
    auto failed = retry(std::move(worker), event.at, Millis{0});
    if (failed.worker.state != State::fatal) return failed;
    return with_reason(std::move(failed), limit_reason(policy, to_text(event.status)));
}

}   // namespace talos::worker
