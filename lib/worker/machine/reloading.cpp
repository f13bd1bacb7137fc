#include "worker/machine/reloading.hpp"

#include "core/duration.hpp"
#include "worker/data/parts.hpp"
#include "worker/machine/moves.hpp"
#include <utility>

namespace talos::worker {

using config::Hook;
using states::Task;

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
    if (auto* runs = running(worker)) runs->task = Task::none;
    worker.reload_failure = {};
    if (!failure.empty()) worker.reload_failure.make() = std::move(failure);
    ++worker.reloads;
    ++worker.epoch;   // its timer is late from here on
}

std::string_view reload_refusal(const Worker& worker) {
    if (worker.spec->reload.get() == nullptr) return "its config has no \"reload\"";
    if (!worker.is(State::running)) return "it is not running";
    if (worker.leaves_later()) return "it is to be stopped or restarted";
    if (worker.is_paused()) return "it is paused";
    if (worker.is_reloading()) return "it is reloading already";
    if (worker.hook() != Hook::none) return "its postStart hook has not ended yet";
    return {};
}

Transition on_reload_asked(Worker worker) {
    if (!reload_refusal(worker).empty()) return stay(std::move(worker));
    const auto& reload = *worker.spec->reload.get();
    worker.reload_failure = {};
    if (reload.signal == 0) {
        running(worker)->task = Task::reload_program;
        return stay(std::move(worker), {RunHook{Hook::reload}});
    }
    if (answers_by_notification(worker)) {
        running(worker)->task = Task::reload_answer;
        return stay(std::move(worker), {SignalReload{reload.signal}, ArmTimer{reload.program.timeout}});
    }
    auto sent = done(std::move(worker));
    sent.actions.emplace_back(SignalReload{reload.signal});
    return sent;
}

Transition on_reload_announced(Worker worker) {
    if (auto* runs = running(worker); runs != nullptr && runs->task == Task::reload_program)
        runs->task = Task::reload_program_announced;
    return stay(std::move(worker));
}

Transition on_ready_again(Worker worker) {
    auto& task = running(worker)->task;
    switch (task) {
    case Task::reload_program_announced:
        task = Task::reload_program;
        return stay(std::move(worker));   // its program has the last word
    case Task::reload_answer: return done(std::move(worker));
    case Task::none:
    case Task::post_start:
    case Task::reload_program: return stay(std::move(worker));
    }
    __builtin_unreachable();
}

Transition on_reload_program_ended(Worker worker, const HookEnded& event) {
    if (!event.ok) return done(std::move(worker), event.reason.empty() ? "it was interrupted" : event.reason);
    auto& task = running(worker)->task;
    if (task != Task::reload_program_announced) return done(std::move(worker));
    task = Task::reload_answer;
    const Millis timeout =
        worker.spec->reload.get() != nullptr ? worker.spec->reload.get()->program.timeout : config::HookSpec{}.timeout;
    return stay(std::move(worker), {ArmTimer{timeout}});
}

Transition on_reload_time_over(Worker worker) {
    if (running(worker)->task != Task::reload_answer) return stay(std::move(worker));
    const auto* reload = worker.spec->reload.get();
    const Millis timeout = reload != nullptr ? reload->program.timeout : config::HookSpec{}.timeout;
    return done(std::move(worker), "no READY=1 within " + format_duration(timeout));
}

}   // namespace talos::worker
