#include "simulation/rules.hpp"

#include "state/state_word.hpp"
#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace talos::simulation {

using worker::State;

namespace {

/// SIGCHLD, the answers about orphans, which take up to a second, and a turn.
constexpr Millis usual_slack{2'500};
constexpr Millis stuck_slack{20'000};
/// An ended child is reaped by then.
constexpr Millis longest_zombie{500};

bool at_rest(State state) {
    return state == State::stopped || state == State::exited || state == State::completed || state == State::fatal;
}

/// Whether talosd can prove in time that it belongs to the run: that its own child does, which it is or descends from. Of one that has left the
/// session the marks must be read. What such a one has forked comes to talosd when that ends; the run may be over by then, and it is unowned.
bool is_provable(const FakeKernel& kernel, const Process& process) {
    const auto* child = &process;
    while (child->parent != ::getpid()) child = kernel.find(child->parent);
    return child->session == child->root || (child->depth < 2 && !child->mark.empty() && !child->behaviour.unreadable);
}

bool is_abandoned(const Process& process) { return !process.execed && process.killed; }

}   // namespace

Rules::Rules(const SimulatedTime& time, FakeKernel& kernel, FakeDisk& disk, const std::vector<config::Config>& configs)
    : time_(time), kernel_(kernel), disk_(disk) {
    for (const auto& config : configs) {
        for (const auto& group : config.groups) limits_[group.pattern.name].add(group.pattern);
        for (const auto& spec : config.workers) {
            auto& limits = limits_[family_of(spec)];
            limits.add(spec);
            deferral_ += 2 * (limits.starting + limits.stopping + limits.backoff) + usual_slack;
            if (&config == &configs.front()) first_specs_.emplace(spec.name, &spec);
        }
    }
}

Millis Rules::slack(const std::string& worker) const {
    return usual_slack + (kernel_.has_stuck(worker) ? stuck_slack : Millis{0});
}

/// By the config, as long as that is the first one: the engine may have lost something of it.
const config::WorkerSpec& Rules::spec_of(const engine::Runner& runner) const {
    const auto found = first_specs_.find(runner.spec().name);
    return reloaded_ || found == first_specs_.end() ? runner.spec() : *found->second;
}

// --- at the moment ------------------------------------------------------------------------------------------------

void Rules::transition(const turn::Record& record) {
    const bool by_itself = record.exit != nullptr || record.from == State::stopping;   // what is left of it is stopped
    const auto* stopped = supervisor_->find(record.name);
    const bool leaves = stopped != nullptr && stopped->leaving();   // its name may mean others by now
    if (record.to != State::stopping || by_itself || leaves || record.pid == 0 || forced_ || mutual_) return;
    if (reloaded_ && !shut_down_) return;   // what a reload restarts goes by the dependencies from before it
    for (const auto& runner : supervisor_->runners()) {
        if (!main_lives(*runner)) continue;
        const auto* needs = spec_of(*runner).depends_on.get();
        if (needs == nullptr) continue;
        for (const auto& need : *needs) {
            if (need.worker != record.name) continue;
            const bool goes_along = need.on_failure == config::Dependency::OnFailure::stop &&
                                    need.condition != config::Dependency::Condition::completed;   // which a restart leaves
            if (goes_down(*runner) || goes_along)
                broke("dependencies: " + std::string(record.name) + " stops before " + runner->spec().name +
                      ", which depends on it");
        }
    }
}

void Rules::started(const Process& process) {
    if (process.role != Process::Role::main) return;
    for (const auto& [pid, other] : kernel_.processes()) {
        if (pid == process.pid || other.worker != process.worker || other.zombie || is_abandoned(other)) continue;
        if (other.role == Process::Role::main) broke("two runs of " + process.worker + " at once");
        else if (other.role == Process::Role::descendant && !other.of_hook && is_provable(kernel_, other))
            broke(process.worker + " was started beside a process of its last run");
    }
}

void Rules::signalled(const Process& process, int signal) {
    if (process.role != Process::Role::main || signal == SIGCONT || forced_) return;
    const auto* runner = supervisor_->find(process.worker);
    if (runner == nullptr || runner->pid() != process.pid || state_of(*runner) != State::stopping || !main_lives(*runner)) return;
    const auto plan = worker::plan_length(runner->spec().stop);
    const auto began = plans_.find(process.pid);
    if (signal != SIGKILL) {
        if (began == plans_.end()) plans_.emplace(process.pid, Plan{time_.now(), plan});
        return;
    }
    constexpr Millis rounding{1};
    if (began == plans_.end() ? plan.count() > 0 : elapsed(began->second.began, time_.now()) + rounding < began->second.length)
        broke(process.worker + " got SIGKILL before its stop plan was over");
}

void Rules::reaped(const Process& process) {
    plans_.erase(process.pid);
    disk_.history().reaped(process.pid, process.status);
}

// --- states -------------------------------------------------------------------------------------------------------

void Rules::look() {
    for (const auto& runner : supervisor_->runners()) look_at(*runner);
    for (const auto& [pid, process] : kernel_.processes())
        if (process.zombie && process.parent == ::getpid() && elapsed(process.ended_at, time_.now()) > longest_zombie)
            broke("an ended child was not reaped: of " + process.worker);
}

void Rules::look_at(const engine::Runner& runner) {
    const auto& name = runner.spec().name;
    const auto found = limits_.find(family_of(runner.spec()));
    if (found == limits_.end()) return broke("a worker that no config has: " + name);
    const auto& limits = found->second;
    const auto state = state_of(runner);
    const auto lasts = elapsed(since(runner), time_.now());
    if (is_paused(runner)) paused_in_[name] = since(runner);
    const auto check = [&](Millis most) {
        if (lasts > most + slack(name)) broke(name + " is " + std::string(worker::to_text(state)) + " for longer than it may be");
    };
    switch (state) {
    case State::starting: {
        const auto paused = paused_in_.find(name);   // its time stands still
        const bool exempt =
            is_working_oneshot(runner) || is_deferred(runner) || (paused != paused_in_.end() && paused->second == since(runner));
        if (!exempt) check(limits.starting);
        break;
    }
    case State::stopping: check(limits.stopping); break;
    case State::backoff: check(limits.backoff); break;
    case State::stopped:
    case State::running:
    case State::exited:
    case State::completed:
    case State::fatal: break;
    }
    if (!is_deferred(runner)) {
        deferred_since_.erase(name);
        return;
    }
    const auto deferred = deferred_since_.try_emplace(name, time_.now()).first->second;
    if (elapsed(deferred, time_.now()) > deferral_ + stuck_slack) broke(name + " is to be stopped after others, and never is");
}

// --- documents ----------------------------------------------------------------------------------------------------

void Rules::compare() {
    if (!disk_.history().broken().empty()) broke(disk_.history().broken());
    if (disk_.full()) return;
    if (disk_.rows().size() != supervisor_->runners().size()) broke("the status has other workers than the engine");
    for (const auto& row : disk_.rows()) compare_row(row);
    for (const auto& [pid, process] : kernel_.processes()) compare_process(process);
    if (disk_.head().sequence != disk_.history().last_sequence())
        broke("the status names another line of the journal than the last");
}

void Rules::compare_row(const state::WorkerStatus& row) {
    if (row.pid != 0) {
        const auto* process = kernel_.find(row.pid);
        const bool same = process != nullptr && process->role == Process::Role::main && process->worker == row.name &&
                          process->start_ticks == row.start_ticks;
        if (!same) broke("the status has a process of " + row.name + " that the kernel does not have");
    }
    if (row.pid != 0 && (at_rest(row.state) || row.state == State::backoff)) broke(row.name + " is at rest with a main process");
    const auto history = disk_.history().state_of(row.name);
    const auto expected = history.empty() ? worker::to_text(State::stopped) : std::string_view(history);
    if (row.state != State::starting &&
        expected != worker::to_text(state::documented_state(row)))   // `starting` is told with the PID
        broke("the journal and the status disagree about the state of " + row.name);
}

void Rules::compare_process(const Process& process) {
    if (process.zombie || process.role == Process::Role::hook || is_abandoned(process)) return;
    const auto row =
        std::find_if(disk_.rows().begin(), disk_.rows().end(), [&](const auto& one) { return one.name == process.worker; });
    if (process.role == Process::Role::main) {
        if (row == disk_.rows().end() || row->pid != process.pid)
            broke("the kernel has a process of " + process.worker + " that the status does not have");
        return;
    }
    if (process.of_hook || !is_provable(kernel_, process)) return;
    const auto* runner = supervisor_->find(process.worker);
    if (runner == nullptr || runner->at_rest()) broke(process.worker + " is at rest with a process of its last run");
}

}   // namespace talos::simulation
