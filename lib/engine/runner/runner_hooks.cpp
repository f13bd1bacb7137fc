#include "engine/runner/runner.hpp"
#include "posix/processes/descriptors.hpp"
#include "turn/recorder.hpp"
#include "worker/data/stop_plan.hpp"
#include <boost/asio/post.hpp>
#include <csignal>

/// What a runner does about its worker's hooks.
namespace talos::engine {

using config::Hook;
using worker::State;

Runner::HookState& Runner::hooks() {
    if (!hooks_) hooks_ = std::make_unique<HookState>();
    return *hooks_;
}

void Runner::perform(const worker::RunHook& action) {
    const Hook which = action.which;
    if (which == Hook::pre_start) {
        ++attempts_;
        hooks().counted = true;
        note_start(0);   // the PID comes later, if at all
    }
    make_output();
    auto& run = hooks().run = std::make_unique<HookRun>(services_, *this, which, output_.get());
    HookFacts facts;
    facts.main = pid_;
    if (which == Hook::post_stop) {
        hooks().counted = false;   // a start whose preStart this followed has come to nothing
        facts.result = worker_.result;
        facts.exit = worker_.exit_of_start();
    }
    const posix::DescriptorShare share(posix::DescriptorShare::For::workers);
    const auto started = run->start(*spec_, facts);
    services_.recorder.changed();
    if (started) return;
    std::string failure = std::string(to_text(which)) + ": " + started.error().message();
    aio::asio::post(services_.executor, [this, which, failure = std::move(failure), alive = run->alive()] {
        if (alive.expired()) return;
        hook_ended(which, false, failure);
        services_.touch();
    });
}

void Runner::perform(const worker::SignalHook& action) {
    if (hooks_ && hooks_->run) hooks_->run->signal(action.signal);
}

bool Runner::settle_hook(std::uint64_t number, std::span<const pid_t> leftovers) {
    for (auto* run : {hook_run(), notice_run()}) {
        if (run == nullptr || run->number() != number) continue;
        if (!run->settle(leftovers)) return false;
        if (is_notice(run->which())) notice_ended(*run);
        else hook_ended(run->which(), run->ok(), run->failure());
        return true;
    }
    return true;
}

/// A start that comes to nothing says so itself.
void Runner::hook_ended(Hook which, bool ok, std::string failure) {
    hooks_->run.reset();
    if (!ok) hooks_->counted = false;
    if (!failure.empty() && which != Hook::pre_start && which != Hook::reload) {
        services_.observer.about(index_, turn::Level::warning, failure);
        note_command("hook", {.reason = failure});
    }
    handle(worker::HookEnded{stamp_now(), which, ok, std::move(failure)});
}

Stamp Runner::kill_due() const {
    const auto after = [](const Stamp& begin, Millis wait) { return Stamp{begin.steady + wait, begin.wall + wait}; };
    if (worker_.hook() == Hook::post_stop && hooks_ && hooks_->run) return hooks_->run->deadline();
    if (!worker_.has_processes() && notice_run() != nullptr) return notice_run()->deadline();
    const Millis plan = worker::plan_length(spec_->stop);
    if (worker_.plan_waits()) return after(worker_.since, worker::hook_timeout(*spec_, Hook::pre_stop) + plan);
    if (worker_.kill_sent()) return worker_.since;
    const auto began = hooks_ ? hooks_->plan_began : std::nullopt;
    return after(began && began->steady >= worker_.since.steady ? *began : worker_.since, plan);
}

}   // namespace talos::engine
