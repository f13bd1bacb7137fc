#include "unit/worker/model_world.hpp"

#include "config/use/diff.hpp"
#include "support/a_worker.hpp"
#include "worker/data/stop_plan.hpp"
#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

namespace talos::worker::model {

World::World(const std::vector<config::WorkerSpec>& specs, Decide decide)
    : specs_(specs), decide_(std::move(decide)), spec_(std::make_unique<const config::WorkerSpec>(specs.front())),
      worker_(make_worker(*spec_, 42, t0)), now_(t0) {}

const char* World::take(const Step& step) {
    dice_ = step.dice;
    told_.clear();
    switch (step.kind) {
    case Step::Kind::start: handle(StartAsked{now_}); break;
    case Step::Kind::stop: handle(StopAsked{now_}); break;
    case Step::Kind::restart: handle(RestartAsked{now_}); break;
    case Step::Kind::kill: handle(KillAsked{now_}); break;
    case Step::Kind::reconfigure: reconfigure(specs_[step.dice % specs_.size()]); break;
    case Step::Kind::turn: spawn(); break;
    case Step::Kind::main_ends:
        if (main_) end_main(roll() % 0x20000 < 0x10000 ? exit_code(static_cast<int>(step.dice % 2)) : killed_by(SIGSEGV));
        break;
    case Step::Kind::ready: handle(BecameReady{now_}); break;
    case Step::Kind::more_time: handle(TimeAsked{now_, Millis{step.dice % 5'000}}); break;
    case Step::Kind::unhealthy: handle(Unhealthy{now_, "tcp 127.0.0.1:80: refused"}); break;
    case Step::Kind::reset: handle(ResetAsked{now_}); break;
    case Step::Kind::pause: handle(step.dice % 2 == 0 ? Event{PauseAsked{now_}} : Event{Paused{now_}}); break;
    case Step::Kind::resume:
        if (step.dice % 2 != 0) frozen_ = false;   // another process has continued it
        handle(step.dice % 2 == 0 ? Event{ResumeAsked{now_}} : Event{Resumed{now_}});
        break;
    case Step::Kind::reload: handle(step.dice % 4 == 0 ? Event{ReloadAnnounced{now_}} : Event{ReloadAsked{now_}}); break;
    case Step::Kind::orphan: add_orphan(); break;
    case Step::Kind::rest_ends:
        if (!rest_.empty()) end_rest(step.dice % rest_.size());
        break;
    case Step::Kind::hook_ends:
        if (hook_) end_hook();
        break;
    case Step::Kind::settle:
        if (settles_) settle();
        break;
    case Step::Kind::late_timer: fire_late(); break;
    case Step::Kind::pass: {
        constexpr std::array longest{30u, 1'000u, 20'000u};
        pass_until(now_.steady + Millis{(step.dice >> 8) % longest[step.dice % longest.size()]});
        break;
    }
    case Step::Kind::await:
        if (queued_) spawn();
        if (const auto next = due()) pass_until(*next);
        break;
    }
    look();
    return broken_;
}

const char* World::come_down() {
    told_.clear();
    handle(StopAsked{now_});
    const auto steps = static_cast<Millis::rep>(worker_.spec->stop.size());
    const Millis longest = plan_length(worker_.spec->stop) + longest_hooks() + latency * (steps + 9);
    pass_until(now_.steady + longest);
    look();
    if (!worker_.is_at_rest() || hook_ || main_ || !rest_.empty() || ended_ || queued_)
        broke("stopped, and not at rest after the whole plan");
    return broken_;
}

// --- the runner ---------------------------------------------------------------------------------------------------

void World::handle(const Event& event) {
    auto transition = decide_(worker_, event);
    if (const char* rule = rules_.check(worker_, event, transition, now_)) broke(rule);
    if (telling_) told_ += (told_.empty() ? "" : "; ") + std::string(cause(event)) + " -> " + outcome(worker_, transition);
    const bool late = transition.worker.epoch != worker_.epoch;
    worker_ = std::move(transition.worker);
    if (next_spec_) adopt_next_spec();
    if (late && timer_) {
        cancelled_.push_back(timer_->epoch);
        timer_.reset();
    }
    for (const auto& action : transition.actions) std::visit([this](const auto& a) { perform(a); }, action);
}

void World::reconfigure(const config::WorkerSpec& wanted) {
    next_spec_ = std::make_unique<const config::WorkerSpec>(wanted);
    adopt_next_spec();
    if (!next_spec_) return;
    rules_.policy_changed();
    const bool planned = worker_.state() == State::stopping;
    auto live = planned ? config::with_hooks(*spec_, wanted) : config::with_live_keys(*spec_, wanted);
    spec_ = std::make_unique<const config::WorkerSpec>(std::move(live));
    worker_.spec = spec_.get();
}

void World::adopt_next_spec() {
    if (worker_.has_main() || worker_.has_rest() || worker_.state() == State::stopping || worker_.ready()) return;
    rules_.policy_changed();
    spec_ = std::move(next_spec_);
    worker_.adopt(*spec_);
}

void World::perform(const Spawn&) { queued_ = true; }

void World::perform(const ArmTimer& action) {
    if (timer_) broke("a timer was armed beside one of the same epoch");
    timer_ = Timer{worker_.epoch, now_.steady + action.after + some_latency()};
}

void World::perform(const SignalReload&) {
    if (frozen_) broke("a reload of one that is paused");
}

void World::perform(const SignalMain& action) {
    if (frozen_ && action.signal != SIGKILL) broke("a signal of the plan to processes that are paused");
    if (main_) signal(*main_, action.signal);
}

void World::perform(const SignalRest& action) {
    rest_signal_ = action.signal;
    for (auto& process : rest_) signal(process, action.signal);
}

void World::perform(const RunHook& action) {
    if (hook_) broke("two hooks at a time");
    const auto* spec = config::find_hook(*worker_.spec, action.which);
    if (spec == nullptr) return broke("a hook that the config does not have");
    const auto fate = roll() >> 8;
    const Millis lasts{fate % static_cast<std::uint32_t>(2 * spec->timeout.count())};
    const Process process{(fate >> 4) & ~(fate >> 6), now_.steady + std::min(lasts, spec->timeout)};
    hook_ = Hook{action.which, process, lasts < spec->timeout && fate % 3 != 0, false};
}

void World::perform(const SignalHook& action) {
    if (!hook_) return;
    auto& process = hook_->process;
    if (action.signal != SIGKILL && (process.deaf >> action.signal & 1u) != 0) return;
    process.ends = std::min(*process.ends, now_.steady + some_latency());
    hook_->ok = false;
    hook_->told = true;
}

void World::end_hook() {
    const auto hook = std::exchange(hook_, std::nullopt);
    handle(HookEnded{now_, hook->which, hook->ok, hook->ok || hook->told ? "" : "it failed"});
}

void World::spawn() {
    if (!std::exchange(queued_, false)) return;
    if (worker_.state() != State::starting || worker_.has_main() || worker_.hook() != config::Hook::none) return;
    if (main_ || ended_ || !rest_.empty()) broke("two of one worker");
    if (hook_) broke("spawned beside a hook");
    const auto fate = roll() >> 8;
    if (fate % 4 == 0) return handle(SpawnFailed{now_, "exec: no"});
    main_ = Process{(fate >> 4) & ~(fate >> 6), std::nullopt};
    rest_signal_ = 0;
    handle(Spawned{now_});
}

void World::settle() {
    settles_.reset();
    if (const auto ended = std::exchange(ended_, std::nullopt)) handle(Exited{ended->at, ended->status, !rest_.empty()});
    if (worker_.has_rest() && rest_.empty()) handle(RestGone{now_});
}

void World::fire_late() {
    if (cancelled_.empty()) return;
    handle(TimerFired{now_, cancelled_[roll() % cancelled_.size()]});
}

// --- the kernel ---------------------------------------------------------------------------------------------------

void World::signal(Process& process, int number) {
    const bool ignored = number != SIGKILL && (process.deaf >> number & 1u) != 0;
    if (!ignored && !process.ends) process.ends = now_.steady + some_latency();
}

void World::end_main(ExitStatus status) {
    main_.reset();
    frozen_ = false;
    ended_ = Ended{status, now_};
    settles_ = now_.steady + some_latency();
}

void World::end_rest(std::size_t index) {
    rest_.erase(rest_.begin() + static_cast<std::ptrdiff_t>(index));
    if (!main_ && !settles_) settles_ = now_.steady + some_latency();
}

void World::add_orphan() {
    const auto lives = [](const Process& process) { return !process.ends; };
    if (!(main_ && lives(*main_)) && !std::any_of(rest_.begin(), rest_.end(), lives)) return;
    rest_.push_back(Process{roll() >> 8, std::nullopt});
    if (!main_ && !ended_ && rest_signal_ != 0) signal(rest_.back(), rest_signal_);
}

// --- time ---------------------------------------------------------------------------------------------------------

std::optional<SteadyTime> World::due() const {
    std::optional<SteadyTime> first = settles_;
    const auto take = [&](const std::optional<SteadyTime>& at) {
        if (at && (!first || *at < *first)) first = at;
    };
    if (main_) take(main_->ends);
    for (const auto& process : rest_) take(process.ends);
    if (hook_) take(hook_->process.ends);
    if (timer_) take(timer_->fires);
    return first;
}

void World::advance_to(SteadyTime at) {
    if (at <= now_.steady) return;
    now_.wall += elapsed(now_.steady, at);
    now_.steady = at;
}

void World::serve_due() {
    const auto is_due = [this](const std::optional<SteadyTime>& at) { return at && *at <= now_.steady; };
    if (main_ && is_due(main_->ends)) return end_main(killed_by(SIGKILL));
    for (std::size_t i = 0; i < rest_.size(); ++i)
        if (is_due(rest_[i].ends)) return end_rest(i);
    if (hook_ && is_due(hook_->process.ends)) return end_hook();
    if (is_due(settles_)) return settle();
    if (timer_ && timer_->fires <= now_.steady) handle(TimerFired{now_, std::exchange(timer_, std::nullopt)->epoch});
}

void World::pass_until(SteadyTime target) {
    for (;;) {
        if (queued_) {
            spawn();
            look();
        }
        const auto next = due();
        if (broken_ != nullptr || !next || *next > target) break;
        advance_to(*next);
        serve_due();
        look();
    }
    advance_to(target);
}

// --- what must hold at any time -----------------------------------------------------------------------------------

void World::look() {
    if (const char* rule = stuck()) broke(rule);
}

/// Of any of the configs: the one that runs may be of an earlier one.
Millis World::longest_hooks() const {
    Millis longest{0};
    for (const auto& spec : specs_) longest = std::max(longest, 2 * stop_hooks_length(spec));
    return longest;
}

bool World::all_dying() const {
    if (main_) return main_->ends.has_value();
    return std::all_of(rest_.begin(), rest_.end(), [](const Process& process) { return process.ends.has_value(); });
}

/// From every state but those of rest something must lead on: a timer, a spawn that is queued, a process that lives or dies.
const char* World::stuck() const {
    const bool armed = timer_ && timer_->epoch == worker_.epoch;
    const bool published = !ended_ && !settles_;
    if (published && worker_.has_main() != main_.has_value()) return "main is not what the machine takes it for";
    if (published && worker_.has_rest() != (!main_ && !rest_.empty())) return "the rest is not what the machine takes it for";
    if ((worker_.hook() != config::Hook::none) != hook_.has_value()) return "the hook is not what the machine takes it for";
    switch (worker_.state()) {
    case State::stopped: return main_ || ended_ || hook_ || !rest_.empty() ? "stopped with processes" : nullptr;
    case State::starting:
        if (!worker_.has_main()) return queued_ || hook_ ? nullptr : "starting, and no spawn is queued";
        if (worker_.spec->kind == config::WorkerKind::oneshot) return main_ || ended_ ? nullptr : "at work without a process";
        return armed || ended_ || worker_.is_paused() ? nullptr : "starting, and nothing will end it";
    case State::running:
        if (worker_.is_reloading() && !armed && !hook_ && !worker_.is_paused() && published)
            return "reloading, and nothing will end it";
        return main_ || ended_ ? nullptr : "running without a process";
    case State::backoff:
        if (!worker_.next_start())
            return !published || hook_ || (!rest_.empty() && all_dying()) ? nullptr : "in backoff for orphans that nobody ends";
        return armed ? nullptr : "in backoff without a timer";
    case State::stopping: {
        const auto steps = static_cast<Millis::rep>(worker_.spec->stop.size());
        const Millis longest = plan_length(worker_.spec->stop) + longest_hooks() + latency * (steps + 9);
        if (elapsed(worker_.since.steady, now_.steady) > longest) return "stopping for longer than the plan";
        return armed || !published || hook_ || all_dying() ? nullptr : "stopping, and nothing will end it";
    }
    case State::completed:
        if (worker_.remains_up()) return all_dying() ? nullptr : "done, and what is left of it lives on";
        [[fallthrough]];
    case State::exited:
    case State::fatal: return main_ || ended_ || !all_dying() ? "at rest with processes" : nullptr;
    }
    __builtin_unreachable();
}

}   // namespace talos::worker::model
