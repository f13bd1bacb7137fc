#include "worker/machine/reloading.hpp"

#include "core/duration.hpp"
#include "worker/machine/hooks.hpp"
#include "worker/machine/moves.hpp"
#include <utility>

namespace talos::worker {

using config::Hook;

namespace {

bool answers_by_notification(const Worker& worker) {
    const auto* ready = worker.spec->ready.get();
    return ready != nullptr && ready->kind == config::ReadySpec::Kind::notify;
}

Transition done(Worker worker, std::string failure = {}) {
    end_reload(worker, std::move(failure));
    return stay(std::move(worker));
}

}   // namespace

void end_reload(Worker& worker, std::string failure) {
    worker.reloading = false;
    worker.reload_announced = false;
    worker.reload_failure = {};
    if (!failure.empty()) worker.reload_failure.make() = std::move(failure);
    ++worker.reloads;
    ++worker.epoch;   // its timer is late from here on
}

std::string_view reload_refusal(const Worker& worker) {
    if (worker.spec->reload.get() == nullptr) return "its config has no \"reload\"";
    if (worker.state != State::running || !worker.main_alive) return "it is not running";
    if (worker.goal == Goal::down || worker.deferred) return "it is to be stopped or restarted";
    if (worker.paused) return "it is paused";
    if (worker.reloading) return "it is reloading already";
    if (worker.hook != Hook::none) return "its postStart hook has not ended yet";
    return {};
}

Transition on_reload_asked(Worker worker) {
    if (!reload_refusal(worker).empty()) return stay(std::move(worker));
    const auto& reload = *worker.spec->reload.get();
    worker.reloading = true;
    worker.reload_failure = {};
    if (reload.signal == 0) {
        auto actions = run_hook(worker, Hook::reload);
        return stay(std::move(worker), std::move(actions));
    }
    if (answers_by_notification(worker))
        return stay(std::move(worker), {SignalReload{reload.signal}, ArmTimer{reload.program.timeout}});
    auto sent = done(std::move(worker));
    sent.actions.emplace_back(SignalReload{reload.signal});
    return sent;
}

Transition on_reload_announced(Worker worker) {
    worker.reload_announced = worker.reloading;
    return stay(std::move(worker));
}

Transition on_ready_again(Worker worker) {
    if (!worker.reloading) return stay(std::move(worker));
    worker.reload_announced = false;
    if (worker.hook == Hook::reload) return stay(std::move(worker));   // its program has the last word
    return done(std::move(worker));
}

Transition on_reload_program_ended(Worker worker, const HookEnded& event) {
    if (!worker.reloading) return stay(std::move(worker));
    if (!event.ok) return done(std::move(worker), event.reason.empty() ? "it was interrupted" : event.reason);
    if (!worker.reload_announced) return done(std::move(worker));
    const Millis timeout =
        worker.spec->reload.get() != nullptr ? worker.spec->reload.get()->program.timeout : config::HookSpec{}.timeout;
    return stay(std::move(worker), {ArmTimer{timeout}});
}

Transition on_reload_time_over(Worker worker) {
    if (!worker.reloading) return stay(std::move(worker));
    const auto* reload = worker.spec->reload.get();
    const Millis timeout = reload != nullptr ? reload->program.timeout : config::HookSpec{}.timeout;
    return done(std::move(worker), "no READY=1 within " + format_duration(timeout));
}

}   // namespace talos::worker
