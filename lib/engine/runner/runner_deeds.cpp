#include "core/signal_name.hpp"
#include "engine/runner/runner.hpp"
#include "turn/recorder.hpp"
#include "turn/signal_work.hpp"
#include <chrono>
#include <csignal>
#include <memory>
#include <span>

/// What a runner does at once when a command says so.
namespace talos::engine {

using api::Operation;

Result<> Runner::act(Operation operation, const Why& why) {
    switch (operation) {
    case Operation::reset: handle(worker::ResetAsked{stamp_now()}); break;
    case Operation::pause:
    case Operation::resume: {
        const bool pauses = operation == Operation::pause;
        if (!worker_.has_main()) return refused("it has no process");
        if (worker_.is(worker::State::stopping)) return refused("it is being stopped");
        handle(pauses ? worker::Event{worker::PauseAsked{stamp_now()}} : worker::ResumeAsked{stamp_now()});
        break;
    }
    case Operation::rotate:
        make_output();
        if (!output_ || config::log_file(*spec_) == nullptr) return refused("it keeps no log of its own");
        if (auto rotated = output_->rotate(); !rotated) return rotated;
        break;
    case Operation::enable: break;   // whoever keeps the list has done it
    }
    note_command(api::to_text(operation), why);
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
    auto work = std::make_shared<turn::SignalWork>(services_.kernel, signal);
    if (auto members = cgroup_ ? cgroup_->signal(signal) : std::nullopt) work->add_cgroup(std::move(*members));
    work->add_trees(std::span(&pid_, 1));
    services_.sliced->add(this, [work](SteadyTime end) { return work->step(end); });
    signal_orphans(signal);
}

/// Those that are children of talosd now, whether their coming was noticed or not.
void Runner::signal_orphans(int signal) {
    struct Search {
        std::vector<pid_t> children;
        std::unique_ptr<aio::Kernel::TreeSignal> tree;
    };
    auto search = std::make_shared<Search>();
    if (!services_.kernel.list_children(search->children)) return;
    services_.sliced->add(this, [this, search, signal](SteadyTime end) {
        do {
            if (search->tree && !search->tree->step(end)) return false;
            search->tree.reset();
            if (search->children.empty()) return true;
            const pid_t child = search->children.back();
            search->children.pop_back();
            const auto owner = services_.owner_of(child);
            if (child != pid_ && owner == turn::ProcessOwner{this, 0}) search->tree = services_.kernel.signal_tree(child, signal);
        } while (Clock::now() < end);
        return false;
    });
}

void Runner::perform(const worker::SignalReload& action) {
    if (auto sent = services_.kernel.send_signal(pid_, pidfd_, action.signal); !sent)
        services_.observer.about(index_, turn::Level::error, sent.error().message());
}

/// Which has an end that nobody else reports: who waits for it looks at the board.
void Runner::tell_reload(std::uint64_t before) {
    if (worker_.reloads == before) return;
    const auto* failure = worker_.reload_failure.get();
    services_.observer.about(index_, failure != nullptr ? turn::Level::warning : turn::Level::info,
                             failure != nullptr ? "its reload failed: " + *failure : std::string("reloaded"));
    services_.recorder.command(spec_->name, failure != nullptr ? "reload-failed" : "reloaded", nullptr, pid_,
                               failure != nullptr ? *failure : "");
    services_.recorder.changed();
    services_.touch();
}

}   // namespace talos::engine
