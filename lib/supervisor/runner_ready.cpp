#include "supervisor/recorder.hpp"
#include "supervisor/runner.hpp"

/// How a runner learns that its worker is ready, where the config says what that means.
namespace talos::supervisor {

void Runner::watch_readiness() {
    ReadyWatch::Hooks hooks;
    hooks.ready = [this](std::string_view how) {
        handle(worker::BecameReady{stamp_now()}, {.reason = how});
        services_.touch();
    };
    hooks.more_time = [this](Millis more) { handle(worker::TimeAsked{stamp_now(), more}); };
    hooks.news = [this] {
        tell_dependencies();
        services_.recorder.changed();
        services_.touch();
    };
    hooks.say = [this](Level level, std::string_view text) { services_.observer.about(index_, level, text); };
    watch_ = make_ready_watch(services_, *spec_, output_.get(), std::move(hooks));
}

bool Runner::ready() const {
    const auto* told = watch_ ? watch_->told() : nullptr;
    return worker_.ready() && (told == nullptr || !told->stopping);
}

}  // namespace talos::supervisor
