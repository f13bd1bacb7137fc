#include "engine/runner/run_watch.hpp"

#include <utility>

namespace talos::engine {

using worker::State;

RunWatch::RunWatch(turn::Services& services, const config::WorkerSpec& spec, std::uint64_t seed, logs::OutputTaps* output,
                   const Callbacks& callbacks)
    : more_time_(callbacks.more_time), reload_(callbacks.reload) {
    const auto* ready = spec.ready.get();
    if (checks::expects_heartbeats(spec) || (ready != nullptr && ready->kind == config::ReadySpec::Kind::notify)) {
        checks::NotifyListener::Callbacks listening;
        listening.heard = [this](const checks::NotifyMessage& message, std::string_view who) { heard(message, who); };
        listening.news = callbacks.news;
        listening.say = callbacks.ready.say;
        notify_ = std::make_unique<checks::NotifyListener>(services, spec.name, config::notify_user(spec), std::move(listening));
    }
    if (ready != nullptr) ready_ = checks::make_ready_watch(services, spec, output, callbacks.ready);
    if (spec.health.get() != nullptr) watch_health(services, spec, seed, callbacks.health);
}

void RunWatch::watch_health(turn::Services& services, const config::WorkerSpec& spec, std::uint64_t seed,
                            checks::HealthWatch::Callbacks callbacks) {
    callbacks.catch_up = [this] { notify_->catch_up(); };
    health_ = checks::make_health_watch(services, spec, seed, std::move(callbacks));
    if (paused_) health_->pause();
}

Result<> RunWatch::equip(posix::SpawnRequest& request) {
    if (notify_)
        if (auto equipped = notify_->equip(request); !equipped) return equipped;
    if (health_) health_->equip(request);
    return ready_ ? ready_->equip(request) : Result<>{};
}

void RunWatch::begin(pid_t main, std::uint64_t number, const std::string& leaf) {
    if (notify_) notify_->begin(main, number, leaf);
    if (ready_ && starting_) ready_->begin();   // unless a stop has overtaken the spawn
}

void RunWatch::heard(const checks::NotifyMessage& message, std::string_view who) {
    if (starting_ && message.more_time && !message.ready) more_time_(*message.more_time);
    const bool up = !starting_;   // before this message
    if (ready_) ready_->heard(message, who);
    if (up && (message.reloading || message.ready)) reload_(!message.reloading);
    if (health_) health_->heard(message);   // after that: it may have become running by the very message
}

void RunWatch::follow(const worker::Worker& worker) {
    starting_ = worker.is(State::starting);
    if (ready_ && !starting_) ready_->settle();
    follow_pause(worker.is_paused());
    if (!health_) return;
    if (worker.is(State::running)) health_->begin(worker.since);
    else health_->end();
}

void RunWatch::follow_pause(bool paused) {
    if (std::exchange(paused_, paused) == paused) return;
    if (ready_ && starting_) paused ? ready_->pause() : ready_->resume();
    if (health_) paused ? health_->pause() : health_->resume();
}

void RunWatch::configure(turn::Services& services, const config::WorkerSpec& spec, std::uint64_t seed,
                         const checks::HealthWatch::Callbacks& callbacks) {
    const auto* health = spec.health.get();
    if (health == nullptr) return health_.reset();
    if (health_ && health_->spec() == *health) return;
    if (health_ && health_->spec().kind == health->kind && health_->spec().probe == health->probe)
        return health_->configure(*health);
    watch_health(services, spec, seed, callbacks);
}

}   // namespace talos::engine
