#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "posix/identity.hpp"
#include "posix/pidfd.hpp"
#include "posix/process_tree.hpp"
#include "posix/tree_signal.hpp"
#include "supervisor/recorder.hpp"
#include "supervisor/runner.hpp"
#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <unordered_set>

/// The processes of a run: its main process, and those that are left when that has ended.
namespace talos::supervisor {

using worker::State;

namespace {

constexpr std::size_t most_named = 10;

std::string pids_text(const std::vector<pid_t>& pids) {
    std::string text;
    for (std::size_t i = 0; i < std::min(pids.size(), most_named); ++i) text += (i == 0 ? "pid " : ", ") + std::to_string(pids[i]);
    if (pids.size() > most_named) text += " and " + std::to_string(pids.size() - most_named) + " more";
    return text;
}

}  // namespace

posix::UniqueFd Runner::enter_cgroup() {
    if (!services_.cgroups) return {};
    if (!cgroup_) cgroup_ = std::make_unique<RunCgroup>(services_, posix::CgroupKind::run, spec_->name);
    auto directory = cgroup_->enter();
    if (directory) {
        without_cgroup_ = false;
        return std::move(*directory);
    }
    if (!std::exchange(without_cgroup_, true))
        services_.observer.about(index_, Level::warning, "started without a cgroup of its own: " + directory.error().message());
    return {};
}

/// Where no cgroup proves it: a process that is below main now is this worker's, wherever it goes when its parents have ended.
void Runner::note_descendants() {
    if (has_cgroup()) return;
    for (const pid_t pid : posix::descendants_of(pid_))
        if (const auto stat = posix::read_stat(pid)) services_.processes.descends(pid, stat->start_ticks, *this);
}

/// Of main, which leads it, unless it is a successor that did not make one of its own. It is in the run's session either way, and our child.
pid_t Runner::group() const { return former_.empty() ? pid_ : ::getpgid(pid_); }

void Runner::perform(const worker::SignalMain& action) {
    if (pid_ == 0) return;
    note_descendants();
    if (action.signal == SIGKILL) tell_kill(1, "pid " + std::to_string(pid_));
    auto sent = posix::signal_group(group(), action.signal);
    if (sent) sent_ = action.signal;
    if (sent && action.signal != SIGKILL) sent = posix::signal_group(group(), SIGCONT);
    if (!sent) services_.observer.about(index_, Level::error, sent.error().message());
    if (action.signal == SIGKILL && cgroup_) (void)cgroup_->signal(SIGKILL);
    services_.recorder.changed();   // the step of the plan is part of the picture
}

void Runner::perform(const worker::SignalRest& action) {
    rest_signal_ = action.signal;
    auto named = orphans_;
    std::unordered_set<pid_t> signalled;
    if (cgroup_) {
        const auto members = cgroup_->signal(action.signal);
        signalled.insert(members.begin(), members.end());
        if (named.empty()) named = members;
    }
    std::size_t count = signalled.size();
    for (const pid_t orphan : orphans_)
        if (!signalled.contains(orphan)) count += posix::signal_tree(orphan, action.signal);
    if (count == 0) return;
    const auto who = pids_text(named);
    if (action.signal == SIGKILL) tell_kill(count, who);
    else services_.observer.about(index_, Level::info, signal_name(action.signal) + " to what is left of its processes: " + who);
}

void Runner::tell_kill(std::size_t processes, std::string_view who) const {
    std::string text = "SIGKILL to " + std::string(who);
    if (processes > 1) text += " (" + std::to_string(processes) + " processes in all)";
    if (worker_.state == State::stopping) {
        const auto waited = elapsed(worker_.since.steady, std::chrono::steady_clock::now());
        if (waited.count() > 0) text += ": still there after " + human_duration(waited);
    } else {
        text += ": left over by the run that ended";
    }
    services_.observer.about(index_, Level::warning, text);
}

void Runner::adopt(std::span<const pid_t> orphans, std::span<const pid_t> fresh) {
    orphans_.assign(orphans.begin(), orphans.end());
    if (orphans_.empty()) std::vector<pid_t>().swap(orphans_);
    if (rest_signal_ == 0 || worker_.main_alive) return;
    if (rest_signal_ == SIGKILL && cgroup_) (void)cgroup_->signal(SIGKILL);
    for (const pid_t orphan : fresh) (void)posix::signal_tree(orphan, rest_signal_);
}

bool Runner::leaves_processes() {
    const bool stays_down = worker_.goal == worker::Goal::down && orphans_.empty();
    const bool populated = cgroup_ && (stays_down ? !cgroup_->remove_empty() : cgroup_->populated());
    if (!orphans_.empty()) return true;
    if (populated) {   // none of them is a child of ours, so that their end comes with no SIGCHLD
        cgroup_->watch([this] { services_.trees_changed(); });
        return true;
    }
    // Nothing of the run is left: from here on its numbers mean other processes.
    forget_process();
    services_.processes.forget_descendants(*this);
    run_open_ = false;
    return false;
}

std::uint64_t Runner::hook_in(const std::string& leaf) const {
    for (auto* run : {hook_run(), notice_run()})
        if (run != nullptr && run->cgroup() == leaf) return run->number();
    return 0;
}

bool Runner::runs_hook(std::uint64_t number) const {
    for (const auto* run : {hook_run(), notice_run()})
        if (run != nullptr && run->number() == number) return true;
    return false;
}

}  // namespace talos::supervisor
