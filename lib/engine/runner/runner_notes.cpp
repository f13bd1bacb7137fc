#include "config/model/dependency_words.hpp"
#include "core/signal_name.hpp"
#include "engine/runner/dependencies.hpp"
#include "engine/runner/runner.hpp"
#include "state/state_word.hpp"
#include "turn/recorder.hpp"
#include "worker/data/stop_plan.hpp"
#include <algorithm>

/// What a runner writes down and tells of its worker.
namespace talos::engine {

using worker::State;

namespace {

constexpr std::size_t told_lines = 20;

std::string_view cause_of(const worker::Worker& before, const worker::Worker& after, const worker::Event& event, const Why& why) {
    if (after.is(State::fatal)) return after.fatal_exit() ? "fatal-exit" : "limit";
    if (after.given_up() && !before.given_up() && std::holds_alternative<worker::TimerFired>(event)) return "timeout";
    return why.cause.empty() ? worker::cause(event) : why.cause;
}

/// A run or a start that failed, as far as the machine knows by now. An unhealthy run, or one that was not ready in time, counts when its
/// processes have ended.
bool has_failed(const worker::Worker& before, const worker::Worker& after, bool ended) {
    if (after.failures > before.failures) return true;
    if (ended && !before.given_up() && !before.is(State::stopping)) return !after.last_exit->status.clean();
    const bool left_there = after.is(State::exited) && !before.is(State::exited);
    return left_there && (before.given_up() || (!ended && before.is(State::starting)));
}

}   // namespace

Runner::Counts& Runner::counts() {
    if (!counts_) counts_ = std::make_unique<Counts>();
    return *counts_;
}

void Runner::note(const worker::Worker& after, const worker::Event& event, const Why& why) {
    if (!why.quiet) services_.recorder.changed();
    if (after.leaves_later() && after.given_up() && !worker_.given_up()) {
        const auto text = after.reason.text();
        services_.observer.about(index_, turn::Level::warning, text);
        return note_command(cause_of(worker_, after, event, why),
                            {.reason = text, .reason_code = state::reason_code_of(after.reason)});
    }
    const bool ended = std::holds_alternative<worker::Exited>(event) && worker_.has_main();
    if (after.held_back() && !worker_.held_back() && after.state() == worker_.state()) services_.held_back.push_back(this);
    if (after.state() == worker_.state() && !ended) return;
    if (has_failed(worker_, after, ended)) counts().failures.add(worker::at(event).steady);
    noted_ = true;
    if (start_note_) note_start(0);   // overtaken before it was spawned
    const auto cause = cause_of(worker_, after, event, why);
    const WallTime when = worker::at(event).wall;
    std::vector<std::string> tail;
    if (ended) {
        const auto& status = after.last_exit->status;
        const int key = status.signal != 0 ? -status.signal : status.code;
        auto& exits = counts().exits;
        const auto found = std::find_if(exits.begin(), exits.end(), [&](const auto& one) { return one.first == key; });
        if (found != exits.end()) ++found->second;
        else exits.emplace_back(key, 1);
        const bool unasked = worker_.given_up() || (!worker_.is(State::stopping) && !status.clean());
        if (output_ && unasked) tail = output_->last_lines(told_lines);
    }
    const bool sent = ended && sent_ != 0 && after.last_exit->status.signal == sent_;
    if (after.is(State::starting)) {
        auto by = why.by != nullptr ? std::make_unique<state::Requester>(*why.by) : nullptr;
        start_note_ =
            std::make_unique<StartNote>(StartNote{state::documented_state(worker_), std::string(cause), when, ended, sent,
                                                  std::string(why.reason), why.reason_code, std::move(by), std::move(tail)});
        return;
    }
    turn::Record record;
    record.index = index_;
    record.name = spec_->name;
    record.from = state::documented_state(worker_);
    record.to = state::documented_state(after);
    record.cause = cause;
    record.at = when;
    record.pid = ended ? ended_pid_ : pid_;
    const std::string own_reason = reason(after);
    const bool own = why.reason.empty();
    record.reason = own ? std::string_view(own_reason) : why.reason;
    record.reason_code = own ? reason_code(after) : why.reason_code;
    record.by = why.by;
    if (ended) record.exit = &*after.last_exit;
    record.sent = sent;
    if (!tail.empty()) record.tail = &tail;
    if (after.next_start()) record.wait = *after.next_start() - when;
    services_.recorder.transition(record);
}

/// The line of the stop itself, which comes later, says what it was for. A start that takes back a given-up run is a restart.
void Runner::note_deferral(const worker::Worker& after, const worker::Event& event, const Why& why) {
    if (!after.leaves_later()) return deferral_.reset();
    const bool start = std::holds_alternative<worker::StartAsked>(event);
    const bool asked =
        start || std::holds_alternative<worker::StopDeferred>(event) || std::holds_alternative<worker::RestartDeferred>(event);
    if (!asked && worker_.leaves_later() && after.given_up() == worker_.given_up()) return;
    const auto by = why.by != nullptr ? std::optional(*why.by) : std::nullopt;
    deferral_ = std::make_unique<Deferral>(Deferral{std::string(start ? "restart" : cause_of(worker_, after, event, why)),
                                                    std::string(why.reason), why.reason_code, by});
}

void Runner::note_start(pid_t pid) {
    if (!start_note_) return;
    const auto start = std::exchange(start_note_, nullptr);
    turn::Record record;
    record.index = index_;
    record.name = spec_->name;
    record.from = start->from;
    record.to = State::starting;
    record.cause = start->cause;
    record.at = start->at;
    record.pid = pid;
    record.by = start->by.get();
    record.reason = start->reason;
    record.reason_code = start->reason_code;
    record.start_ticks = pid != 0 ? start_ticks_ : 0;
    if (start->after_exit) record.exit = &*worker_.last_exit;
    record.sent = start->sent;
    if (!start->tail.empty()) record.tail = &start->tail;
    services_.recorder.transition(record);
}

void Runner::tell_waiting() const {
    if (worker_.held_back() && services_.dependencies != nullptr)
        services_.observer.about(index_, turn::Level::info, reason(worker_));
}

std::string Runner::reason(const worker::Worker& worker) const {
    if (services_.dependencies == nullptr) return worker.reason.text();
    if (worker.held_back()) return "waiting for " + services_.dependencies->awaited_by(*this);
    if (worker.leaves_later())
        return (worker.given_up() ? worker.reason.text() + "; " : "") + "to be stopped after " +
               services_.dependencies->waited_for_by(*this);
    return worker.reason.text();
}

std::optional<state::ReasonCode> Runner::reason_code(const worker::Worker& worker) const {
    using state::ReasonCode;
    if (services_.dependencies != nullptr && worker.held_back()) return ReasonCode::dependency;
    if (services_.dependencies != nullptr && worker.leaves_later() && !worker.given_up()) return ReasonCode::dependents;
    return state::reason_code_of(worker.reason);
}

void Runner::note_command(std::string_view cause, const Why& why) {
    services_.recorder.command(spec_->name, why.cause.empty() ? cause : why.cause, why.by, pid_, why.reason, why.reason_code);
}

void Runner::fill(state::WorkerStatus& row) const {
    row.name = spec_->name;
    const auto* instance = spec_->instance.get();
    row.group = instance != nullptr ? std::string_view(instance->of) : std::string_view();
    row.state = worker_.state();
    row.remains_up = worker_.remains_up();
    row.goal = worker_.goal();
    row.ready = ready();
    row.paused = worker_.is_paused();
    row.disabled = disabled();
    row.reloading = worker_.is_reloading();
    row.old_config = has_old_config();
    row.restarts = worker_.restarts;
    row.pid = pid_;
    row.start_ticks = pid_ != 0 ? start_ticks_ : 0;
    row.started_at.reset();
    if (worker_.has_main() && worker_.spawned) row.started_at = worker_.spawned->wall;
    row.since = worker_.since.wall;
    row.last_exit = worker_.last_exit;
    row.next_start = worker_.next_start();
    row.failures = worker_.failures;
    row.failures_last_hour = counts_ ? counts_->failures.in_last_hour(Clock::now()) : 0;
    row.reason = reason(worker_);
    row.reason_code = row.reason.empty() ? std::nullopt : reason_code(worker_);
    row.stop.assign(spec_->stop.begin(), spec_->stop.end());
    row.stop_hooks = worker::stop_hooks_length(*spec_);
    row.oneshot = spec_->kind == config::WorkerKind::oneshot;
    row.depends_on.clear();
    if (const auto* depends_on = spec_->depends_on.get())
        for (const auto& dependency : *depends_on)
            row.depends_on.emplace_back(dependency.worker, config::to_text(dependency.condition));
    row.waiting_for.clear();
    if (worker_.held_back() && services_.dependencies != nullptr) row.waiting_for = services_.dependencies->missing_for(*this);
    row.log.reset();
    if (output_) row.log = output_->status();
    row.notify.reset();
    if (const auto* told = watch_ ? watch_->told() : nullptr; told != nullptr && *told != state::NotifyStatus{})
        row.notify = *told;
    row.cgroup = cgroup_ ? cgroup_->path() : std::string();
    row.health.reset();
    if (spec_->health.get() != nullptr) row.health = health();
}

api::WorkerView Runner::view() const {
    api::WorkerView view;
    fill(view.status);
    view.command_number = wishes_;
    view.verb = verb_;
    view.attempts = attempts_;
    view.leaving = leaving_;
    view.reloads = worker_.reloads;
    if (const auto* failure = worker_.reload_failure.get()) view.reload_failure = *failure;
    // Those that have just been asked to start have not yet asked whom they need.
    const bool settled = services_.dependencies != nullptr && services_.asked_up.empty() && !services_.dependencies_changed;
    const auto* blocker = settled && worker_.held_back() ? services_.dependencies->blocker_of(*this) : nullptr;
    view.in_vain = blocker != nullptr;
    if (blocker != nullptr && blocker->disabled() && blocker->worker().is(State::stopped))
        view.disabled_cause = blocker->spec().name;
    if (worker_.is(State::stopping)) view.kill_at = kill_due().wall;
    return view;
}

void Runner::fill(api::WorkerMetrics& metrics) const {
    metrics.name = spec_->name;
    metrics.state = state::documented_state(worker_);
    metrics.up_wanted = worker_.wanted_up();
    metrics.ready = ready();
    metrics.restarts = worker_.restarts;
    metrics.has_process = pid_ != 0;
    if (worker_.has_main() && worker_.spawned)
        metrics.uptime_seconds = std::chrono::duration<double>(Clock::now() - worker_.spawned->steady).count();
    if (output_) {
        metrics.logged_bytes = output_->read_bytes();
        metrics.dropped_bytes = output_->dropped().bytes;
    }
    if (spec_->health.get() != nullptr) metrics.healthy = healthy();
    if (!counts_) return;
    metrics.failed_probes = counts_->failed_probes;
    for (const auto& [key, count] : counts_->exits) {
        const std::string label = key < 0 ? "signal=\"" + signal_name(-key) : "code=\"" + std::to_string(key);
        metrics.exits[label + "\""] = count;
    }
}

}   // namespace talos::engine
