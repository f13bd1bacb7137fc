#include "engine/runner/runner.hpp"
#include "posix/processes/descriptors.hpp"
#include "turn/recorder.hpp"
#include "worker/data/stop_plan.hpp"
#include <algorithm>
#include <csignal>

/// What a runner does about the notices, onUnhealthy and onFatal: they run beside all that becomes of the worker.
namespace talos::engine {

using config::Hook;

/// One that still waits is replaced: what it would tell is out of date.
void Runner::raise(Notice notice) {
    if (config::find_hook(*spec_, notice.which) == nullptr || !worker_.wanted_up()) return;
    if (!notices_) notices_ = std::make_unique<NoticeState>();
    auto& waiting = notices_->waiting;
    const auto same = [&](const Notice& other) { return other.which == notice.which; };
    if (const auto known = std::find_if(waiting.begin(), waiting.end(), same); known != waiting.end()) *known = std::move(notice);
    else waiting.push_back(std::move(notice));
}

/// Each failure of an unhealthy worker is reported here; only the first one of them is news.
void Runner::raise_unhealthy(const std::string& reason) {
    if (config::find_hook(*spec_, Hook::on_unhealthy) == nullptr) return;
    if (!notices_) notices_ = std::make_unique<NoticeState>();
    const std::pair now(run_number_, watch_->health()->health().since);
    if (std::exchange(notices_->unhealthy, now) != now) raise({Hook::on_unhealthy, pid_, std::nullopt, std::nullopt, reason});
}

/// The next one, unless another hook runs.
void Runner::run_notices() {
    auto& waiting = notices_->waiting;
    while (!waiting.empty() && !notices_->run && worker_.hook() == Hook::none) {
        const Notice notice = std::move(waiting.front());
        waiting.erase(waiting.begin());
        if (config::find_hook(*spec_, notice.which) == nullptr) continue;   // no longer in the config
        make_output();
        notices_->run = std::make_unique<HookRun>(services_, *this, notice.which, output_.get());
        HookFacts facts;
        facts.main = notice.main == pid_ ? pid_ : 0;
        facts.exit = notice.exit ? &*notice.exit : nullptr;
        facts.result = notice.result;
        facts.reason = notice.reason;
        const posix::DescriptorShare share(posix::DescriptorShare::For::workers);
        const auto started = notices_->run->start(*spec_, facts);
        if (started) {
            worker_.notice = notice.which;
        } else {
            notices_->run.reset();
            const std::string failure = std::string(to_text(notice.which)) + ": " + started.error().message();
            services_.observer.about(index_, turn::Level::warning, failure);
            note_command("hook", {.reason = failure});
        }
        services_.recorder.changed();
    }
}

/// The worker is to be stopped: what waits is not run, and what runs has the time of the stop plan.
void Runner::drop_notices(bool now) {
    notices_->waiting.clear();
    if (!notices_->run) return;
    if (now) notices_->run->signal(SIGKILL);
    else notices_->run->end_within(worker::plan_length(spec_->stop));
}

void Runner::notice_ended(const HookRun& run) {
    const auto failure = run.failure();
    notices_->run.reset();
    if (!failure.empty()) {
        services_.observer.about(index_, turn::Level::warning, failure);
        note_command("hook", {.reason = failure});
    }
    handle(worker::NoticeEnded{stamp_now()});
}

}   // namespace talos::engine
