#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "engine/runner/runner.hpp"
#include "turn/recorder.hpp"
#include "turn/signal_work.hpp"
#include <chrono>
#include <csignal>
#include <memory>
#include <utility>

/// The processes of a run: its main process, and those that are left when that has ended.
namespace talos::engine {

using worker::State;

namespace {

/// What descends from a main process is written down before that is signalled; whoever forks all the time does not put the signal off for longer.
constexpr std::chrono::seconds longest_note{1};

}   // namespace

posix::UniqueFd Runner::enter_cgroup() {
    if (!services_.cgroups) return {};
    if (!cgroup_) cgroup_ = std::make_unique<turn::RunCgroup>(services_, posix::CgroupKind::run, spec_->name);
    auto directory = cgroup_->enter();
    if (directory) {
        without_cgroup_ = false;
        return std::move(*directory);
    }
    if (!std::exchange(without_cgroup_, true))
        services_.observer.about(index_, turn::Level::warning,
                                 "started without a cgroup of its own: " + directory.error().message());
    return {};
}

/// Where no cgroup proves it: a process that is below main now is this worker's, wherever it goes when its parents have ended.
aio::SlicedWork::Step Runner::note_descendants() {
    struct Note {
        posix::ProcessKey main;
        std::unique_ptr<aio::Kernel::Descendants> tree;
        SteadyTime end = Clock::now() + longest_note;
        std::size_t noted = 0;
    };
    const posix::ProcessKey main{pid_, start_ticks_};
    return [this, note = std::make_shared<Note>(Note{main, services_.kernel.descendants(main)})](SteadyTime end) {
        const bool same = pid_ == note->main.pid && start_ticks_ == note->main.start_ticks;
        const bool listed = !same || note->tree->step(end);
        const auto& found = note->tree->found();
        for (; note->noted < found.size(); ++note->noted)
            services_.processes.descends(found[note->noted].pid, found[note->noted].start_ticks, *this);
        if (!listed && Clock::now() < note->end) return false;
        signal_main();
        return true;
    };
}

/// Of main, which leads it, unless it is a successor that did not make one of its own. It is in the run's session either way, and our child.
pid_t Runner::group() const { return former_.empty() ? pid_ : services_.kernel.group_of(pid_); }

void Runner::perform(const worker::SignalMain& action) {
    if (pid_ == 0) return;
    main_signals_.push_back(action.signal);
    if (main_signals_.size() > 1) return;   // behind those that wait
    services_.sliced->drop(this);           // a pause that has not reached all
    if (has_cgroup()) signal_main();
    else services_.sliced->add(this, note_descendants());
}

/// With what the stop plan has for it.
void Runner::signal_main() {
    for (const int signal : std::exchange(main_signals_, {})) {
        if (pid_ == 0) return;
        if (signal == SIGKILL) tell_kill(1, "pid " + std::to_string(pid_), kill_words());
        auto sent = services_.kernel.signal_group(group(), signal);
        if (sent) sent_ = signal;
        if (sent && signal != SIGKILL) sent = services_.kernel.signal_group(group(), SIGCONT);
        if (!sent) services_.observer.about(index_, turn::Level::error, sent.error().message());
        if (signal == SIGKILL && cgroup_) cgroup_->kill();
    }
    services_.recorder.changed();   // the step of the plan is part of the picture
}

void Runner::perform(const worker::SignalRest& action) {
    rest_signal_ = action.signal;
    auto work = std::make_shared<turn::SignalWork>(services_.kernel, action.signal);
    std::vector<pid_t> members;
    if (action.signal == SIGKILL) {
        services_.sliced->drop(this);   // whatever else was to be sent comes to the same
        if (cgroup_) {
            members = cgroup_->processes();
            cgroup_->kill();
        }
        work->add_signalled(members);
    } else if (auto signal = cgroup_ ? cgroup_->signal(action.signal) : std::nullopt) {
        work->add_cgroup(std::move(*signal));
    }
    work->add_trees(orphans_);
    services_.sliced->add(this, [this, work, signal = action.signal, named = orphans_, members = std::move(members),
                                 when = kill_words()](SteadyTime end) mutable {
        if (!work->step(end)) return false;
        if (named.empty()) named = signal == SIGKILL ? members : work->members();
        if (work->count() == 0) return true;
        const auto who = turn::pids_text(named);
        if (signal == SIGKILL) tell_kill(work->count(), who, when);
        else
            services_.observer.about(index_, turn::Level::info,
                                     signal_name(signal) + " to what is left of its processes: " + who);
        return true;
    });
}

/// Why there is a SIGKILL.
std::string Runner::kill_words() const {
    if (!worker_.is(State::stopping)) return ": left over by the run that ended";
    const auto waited = elapsed(worker_.since.steady, Clock::now());
    return waited.count() > 0 ? ": still there after " + human_duration(waited) : std::string();
}

void Runner::tell_kill(std::size_t processes, std::string_view who, std::string_view why) const {
    std::string text = "SIGKILL to " + std::string(who);
    if (processes > 1) text += " (" + std::to_string(processes) + " processes in all)";
    services_.observer.about(index_, turn::Level::warning, text.append(why));
}

void Runner::adopt(std::span<const pid_t> orphans, std::span<const pid_t> fresh) {
    orphans_.assign(orphans.begin(), orphans.end());
    if (orphans_.empty()) std::vector<pid_t>().swap(orphans_);
    if (rest_signal_ == 0 || worker_.has_main()) return;
    if (rest_signal_ == SIGKILL && cgroup_) cgroup_->kill();
    if (fresh.empty()) return;
    auto work = std::make_shared<turn::SignalWork>(services_.kernel, rest_signal_);
    work->add_trees(fresh);
    services_.sliced->add(this, [work](SteadyTime end) { return work->step(end); });
}

bool Runner::leaves_processes() {
    const bool stays_down = !worker_.wanted_up() && orphans_.empty();
    const bool populated = cgroup_ && (stays_down ? !cgroup_->remove_empty() : cgroup_->populated());
    if (!orphans_.empty()) return true;
    if (populated) {   // none of them is a child of ours, so that their end comes with no SIGCHLD
        cgroup_->watch([this] { services_.trees_changed(); });
        return true;
    }
    // Nothing of the run is left: from here on its numbers mean other processes.
    services_.sliced->drop(this);
    main_signals_.clear();
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

}   // namespace talos::engine
