#include "engine/runner/runner.hpp"
#include "turn/recorder.hpp"

/// How a runner learns that its worker is ready and how it is, where the config says what that means.
namespace talos::engine {

using worker::HealthState;

RunWatch::Callbacks Runner::watch_hooks() {
    RunWatch::Callbacks hooks;
    hooks.ready.ready = [this](std::string_view how) {
        handle(worker::BecameReady{stamp_now()}, {.reason = how});
        services_.touch();
    };
    hooks.ready.say = [this](turn::Level level, std::string_view text) { services_.observer.about(index_, level, text); };
    hooks.ready.not_yet = [this](std::string_view why) {
        worker_ = worker::not_ready_yet(std::move(worker_), std::string(why));
        services_.recorder.changed();
        services_.touch();
    };
    hooks.more_time = [this](Millis more) { handle(worker::TimeAsked{stamp_now(), more}); };
    hooks.reload = [this](bool ready) {
        if (!worker_.is_reloading()) return;
        const Stamp now = stamp_now();
        handle(ready ? worker::Event{worker::BecameReady{now}} : worker::ReloadAnnounced{now});
    };
    hooks.news = [this] {
        tell_dependencies();
        services_.recorder.changed();
        services_.touch();
    };
    hooks.health = health_hooks();
    return hooks;
}

checks::HealthWatch::Callbacks Runner::health_hooks() {
    checks::HealthWatch::Callbacks hooks;
    hooks.turned = [this] {
        health_turned();
        services_.touch();
    };
    hooks.news = [this] {
        services_.recorder.changed();
        services_.touch();
    };
    hooks.failed = [this] { ++counts().failed_probes; };
    return hooks;
}

void Runner::watch_run() { watch_ = std::make_unique<RunWatch>(services_, *spec_, watch_seed(), output_.get(), watch_hooks()); }

/// What can take effect in the middle of a run has come into the spec.
void Runner::watch_by_changed_config() {
    if (!worker_.has_main()) return;
    if (watch_) watch_->configure(services_, *spec_, watch_seed(), health_hooks());
    else if (RunWatch::wanted(*spec_)) watch_run();
    if (watch_) watch_->follow(worker_);
}

/// What is said of a change of health beside its word. Nothing: so many were told that this one is only counted.
std::optional<std::string> Runner::health_words(std::string_view word, const std::string& reason) {
    constexpr Allowance::Rate told{20, 0.1};
    const auto now = Clock::now();
    if (!health_news_) health_news_ = std::make_unique<HealthNews>(HealthNews{Allowance(told, now)});
    if (!health_news_->allowance.take(now)) {
        ++health_news_->untold;
        return std::nullopt;
    }
    const auto untold = std::exchange(health_news_->untold, 0);
    if (untold == 0) return reason;
    return (reason.empty() ? std::string(word) : reason) + " (its health changed " + std::to_string(untold) +
           " more times before)";
}

void Runner::health_turned() {
    const auto& watch = *watch_->health();
    const auto reason = worker::reason_of(watch.health());
    const bool unhealthy = watch.health().state == HealthState::unhealthy;
    if (unhealthy) raise_unhealthy(reason);
    if (unhealthy && watch.spec().action == config::HealthSpec::Action::restart)
        return handle(worker::Unhealthy{stamp_now(), reason});   // which tells it all
    if (notices_) run_notices();
    tell_dependencies();
    const auto word = worker::to_text(watch.health().state);
    const auto words = health_words(word, reason);
    if (!words) return change_status_later();   // status.json alone
    services_.recorder.command(spec_->name, word, nullptr, pid_, *words);
    services_.observer.about(index_, unhealthy ? turn::Level::warning : turn::Level::info,
                             std::string(word) + (words->empty() ? "" : ": " + *words));
}

bool Runner::ready() const {
    const auto* told = watch_ ? watch_->told() : nullptr;
    return worker_.ready() && (told == nullptr || !told->stopping);
}

state::HealthStatus Runner::health() const {
    state::HealthStatus status;
    status.since = worker_.since.wall;
    const auto* watch = watch_ && worker_.is(worker::State::running) ? watch_->health() : nullptr;
    if (watch == nullptr) return status;
    const auto& health = watch->health();
    status.state = health.state;
    status.since = health.since;
    status.failures = health.failures;
    status.reason = health.reason;
    return status;
}

}   // namespace talos::engine
