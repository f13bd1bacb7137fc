#include "config/use/diff.hpp"
#include "core/signal_name.hpp"
#include "engine/runner/dependencies.hpp"
#include "engine/runner/runner.hpp"
#include "turn/recorder.hpp"

/// What a runner is asked for: commands, and changes of its config.
namespace talos::engine {

using worker::State;

namespace {

enum class When { at_once, after_dependents };

worker::Event event_of(api::Verb verb, When when) {
    const Stamp now = stamp_now();
    const bool later = when == When::after_dependents;
    switch (verb) {
    case api::Verb::start: return worker::StartAsked{now};
    case api::Verb::reload: return worker::ReloadAsked{now};
    case api::Verb::disable:
    case api::Verb::stop: return later ? worker::Event{worker::StopDeferred{now}} : worker::StopAsked{now};
    case api::Verb::restart: return later ? worker::Event{worker::RestartDeferred{now}} : worker::RestartAsked{now};
    }
    __builtin_unreachable();
}

}   // namespace

api::PendingCommand Runner::ask(api::Verb verb, const Why& given) {
    const Why why{verb == api::Verb::disable && given.cause.empty() ? "disable" : given.cause, given.by, given.reason};
    api::PendingCommand wish;
    wish.worker = spec_->name;
    wish.verb = verb;
    wish.attempts = attempts_;
    wish.reloads = worker_.reloads;
    wish.number = ++wishes_;
    verb_ = verb;
    noted_ = false;
    const bool told_first = verb == api::Verb::reload || verb == api::Verb::disable;   // before what comes of it
    if (told_first) note_command(api::to_text(verb), why);
    handle(event_of(verb, waits_for_dependents() ? When::after_dependents : When::at_once), why);
    const bool in_graph = services_.dependencies != nullptr || services_.dependencies_changed;
    const auto by = why.by != nullptr ? std::optional(*why.by) : std::nullopt;
    const bool goes_up = verb == api::Verb::start || verb == api::Verb::restart;
    if (goes_up && in_graph) services_.asked_up.push_back({this, by});
    if (!noted_ && !told_first) note_command(api::to_text(verb), why);
    services_.touch();
    return wish;
}

void Runner::ask_down(Patience patience) {
    ++wishes_;
    verb_ = api::Verb::stop;
    if (patience == Patience::none) handle(worker::KillAsked{stamp_now()});
    else handle(event_of(verb_, waits_for_dependents() ? When::after_dependents : When::at_once));
}

/// Which of them, is decided at the end of the turn: they may be told to stop in the same one.
bool Runner::waits_for_dependents() const {
    return services_.dependencies != nullptr && services_.dependencies->has_dependents(*this);
}

void Runner::tell_dependencies() {
    if (services_.dependencies == nullptr) return;
    services_.dependencies->changed(*this);
    services_.touch();
}

Result<> Runner::signal(int number, const Why& why) {
    if (pid_ == 0 || unconfirmed_) return failure_of(ESRCH, "signal " + spec_->name);
    if (auto sent = services_.kernel.signal_group(group(), number); !sent) return sent;
    Why told = why;
    const std::string name = signal_name(number);
    told.reason = name;
    note_command("signal", told);
    services_.touch();
    return {};
}

api::PendingCommand Runner::next_run(std::uint64_t attempts) const {
    api::PendingCommand wish;
    wish.worker = spec_->name;
    wish.verb = api::Verb::restart;
    wish.number = wishes_;
    wish.attempts = attempts;
    wish.reloads = worker_.reloads;
    return wish;
}

bool Runner::has_old_config() const { return next_spec_ && config::needs_restart(*spec_, *next_spec_); }

bool Runner::waits_to_be_restarted() const {
    return services_.dependencies != nullptr && services_.dependencies->restarts_later(*this);
}

void Runner::reconfigure(const config::WorkerSpec& wanted) {
    next_spec_.reset();
    if (wanted == *spec_) return;
    next_spec_ = std::make_unique<const config::WorkerSpec>(wanted);
    adopt_next_spec();
    if (!next_spec_) return;
    const bool planned = worker_.is(State::stopping);   // a plan that is under way is not changed
    auto live = planned ? config::with_hooks(*spec_, wanted) : config::with_live_keys(*spec_, wanted);
    if (output_ && !planned) output_->configure(live);
    if (live == wanted) next_spec_.reset();
    adopt(std::make_unique<const config::WorkerSpec>(std::move(live)));
    watch_by_changed_config();
}

/// Once no process of the old one is left, nor what it has done and remains up.
void Runner::adopt_next_spec() {
    const bool in_use = worker_.has_main() || unconfirmed_ || worker_.has_rest() || worker_.ready();
    if (in_use || worker_.is(State::stopping)) return;
    if (output_ && (next_spec_->log != spec_->log || next_spec_->streams != spec_->streams)) output_->rebuild(*next_spec_);
    adopt(std::move(next_spec_));
}

void Runner::adopt(std::unique_ptr<const config::WorkerSpec> spec) {
    if (spec->depends_on != spec_->depends_on) services_.dependencies_changed = true;
    spec_ = std::move(spec);
    worker_.adopt(*spec_);
    services_.recorder.changed();
}

}   // namespace talos::engine
