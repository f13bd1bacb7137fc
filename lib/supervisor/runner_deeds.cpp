#include "core/signal_name.hpp"
#include "posix/pidfd.hpp"
#include "posix/tree_signal.hpp"
#include "supervisor/recorder.hpp"
#include "supervisor/runner.hpp"
#include <csignal>

/// What a runner does at once when a command says so.
namespace talos::supervisor {

using control::Deed;

Result<> Runner::act(Deed deed, const Why& why) {
    switch (deed) {
    case Deed::reset: handle(worker::ResetAsked{stamp_now()}); break;
    case Deed::pause:
    case Deed::resume: {
        const bool pauses = deed == Deed::pause;
        if (!worker_.main_alive) return refused("it has no process");
        if (worker_.state == worker::State::stopping) return refused("it is being stopped");
        handle(pauses ? worker::Event{worker::PauseAsked{stamp_now()}} : worker::ResumeAsked{stamp_now()});
        break;
    }
    case Deed::rotate:
        make_output();
        if (!output_ || config::log_file(*spec_) == nullptr) return refused("it keeps no log of its own");
        if (auto rotated = output_->rotate(); !rotated) return rotated;
        break;
    case Deed::enable: break;   // whoever keeps the list has done it
    }
    note_command(control::to_text(deed), why);
    services_.recorder.changed();
    services_.touch();
    return {};
}

void Runner::perform(const worker::PauseTree&) {
    // Once more for what was forked meanwhile by those that ran still.
    for (int round = 0; round < 2; ++round) signal_all(SIGSTOP);
}

void Runner::perform(const worker::ResumeTree&) { signal_all(SIGCONT); }

/// To main, all that descends from it or is in its cgroup, and the orphans of the run.
void Runner::signal_all(int signal) {
    if (pid_ == 0) return;
    if (cgroup_) (void)cgroup_->signal(signal);
    (void)posix::signal_tree(pid_, signal);
    for (const pid_t orphan : services_.orphans_of(*this)) (void)posix::signal_tree(orphan, signal);
}

void Runner::perform(const worker::SignalReload& action) {
    if (auto sent = posix::send_signal(pidfd_, action.signal); !sent) services_.observer.about(index_, Level::error, sent.error().message());
}

/// Which has an end that nobody else reports: who waits for it looks at the board.
void Runner::tell_reload(std::uint64_t before) {
    if (worker_.reloads == before) return;
    const auto* failure = worker_.reload_failure.get();
    services_.observer.about(index_, failure != nullptr ? Level::warning : Level::info,
                             failure != nullptr ? "its reload failed: " + *failure : std::string("reloaded"));
    services_.recorder.command(spec_->name, failure != nullptr ? "reload-failed" : "reloaded", nullptr, pid_, failure != nullptr ? *failure : "");
    services_.recorder.changed();
    services_.touch();
}

}  // namespace talos::supervisor
