#include "config/diff.hpp"
#include "core/signal_name.hpp"
#include "posix/pidfd.hpp"
#include "supervisor/recorder.hpp"
#include "supervisor/runner.hpp"

/// What a runner is asked for: commands, and changes of its config.
namespace talos::supervisor {

using worker::State;

namespace {

worker::Event event_of(control::Verb verb) {
    switch (verb) {
    case control::Verb::start: return worker::StartAsked{stamp_now()};
    case control::Verb::stop: return worker::StopAsked{stamp_now()};
    case control::Verb::restart: return worker::RestartAsked{stamp_now()};
    }
    __builtin_unreachable();
}

}  // namespace

control::Wish Runner::ask(control::Verb verb, const Why& why) {
    control::Wish wish;
    wish.worker = spec_->name;
    wish.verb = verb;
    wish.attempts = attempts_;
    wish.number = ++wishes_;
    verb_ = verb;
    noted_ = false;
    handle(event_of(verb), why);
    if (!noted_) note_command(control::to_text(verb), why);
    services_.touch();
    return wish;
}

void Runner::ask_down(const worker::Event& event) {
    ++wishes_;
    verb_ = control::Verb::stop;
    handle(event);
}

Result<> Runner::signal(int number, const Why& why) {
    if (pid_ == 0) return failure_of(ESRCH, "signal " + spec_->name);
    if (auto sent = posix::signal_group(pid_, number); !sent) return sent;
    Why told = why;
    const std::string name = signal_name(number);
    told.reason = name;
    note_command("signal", told);
    services_.touch();
    return {};
}

void Runner::reconfigure(const config::WorkerSpec& wanted) {
    next_spec_.reset();
    if (wanted == *spec_) return;
    next_spec_ = std::make_unique<const config::WorkerSpec>(wanted);
    adopt_next_spec();
    if (!next_spec_) return;
    const bool planned = worker_.state == State::stopping;   // a plan that is under way is not changed
    auto live = planned ? config::with_hooks(*spec_, wanted) : config::with_live_keys(*spec_, wanted);
    if (output_ && !planned) output_->configure(live);
    if (live == wanted) next_spec_.reset();
    spec_ = std::make_unique<const config::WorkerSpec>(std::move(live));
    worker_.spec = spec_.get();
    services_.recorder.changed();
}

/// Once no process of the old one is left, nor what it has done and remains up.
void Runner::adopt_next_spec() {
    const bool in_use = worker_.main_alive || worker_.rest_alive || worker_.state == State::running;
    if (in_use || worker_.state == State::stopping) return;
    if (output_ && (next_spec_->log != spec_->log || next_spec_->streams != spec_->streams)) output_->rebuild(*next_spec_);
    spec_ = std::move(next_spec_);
    worker_.spec = spec_.get();
    services_.recorder.changed();
}

}  // namespace talos::supervisor
