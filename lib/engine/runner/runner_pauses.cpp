#include "core/signal_name.hpp"
#include "engine/runner/runner.hpp"
#include "turn/recorder.hpp"
#include <algorithm>

/// How a runner tells that its worker is paused, or runs again.
namespace talos::engine {

namespace {

/// How late status.json may be of a worker that is stopped and continued without end.
constexpr std::chrono::seconds longest_lag{1};

}   // namespace

/// Another process, a debugger or the terminal may have done it, or the worker itself.
void Runner::kernel_says(const posix::StopChange& change) {
    settle_start();
    if (!worker::changes_pause(worker_, change.stopped)) return;
    const auto now = stamp_now();
    if (!pauses_) pauses_ = std::make_unique<Pauses>(Pauses{worker::PauseNews(now.steady), aio::Timer(services_.executor)});
    const bool told = pauses_->news.heard(change.stopped, now.steady);
    handle(change.stopped ? worker::Event{worker::Paused{now}} : worker::Resumed{now}, {.quiet = !told});
    if (!told) return change_status_later();
    note_command(change.stopped ? "paused" : "resumed", {.reason = change.stopped ? signal_name(change.signal) : "SIGCONT"});
    services_.touch();
}

void Runner::tell_pause(bool was) {
    if (worker_.is_paused() == was) return;
    if (pauses_) pauses_->news.commanded(worker_.is_paused());
    services_.recorder.changed();
    services_.observer.about(index_, turn::Level::info, worker_.is_paused() ? "paused" : "resumed");
}

void Runner::change_status_later() {
    if (!pauses_) pauses_ = std::make_unique<Pauses>(Pauses{worker::PauseNews(Clock::now()), aio::Timer(services_.executor)});
    pauses_->unseen = true;
    set_pause_timer();
}

void Runner::set_pause_timer() {
    if (std::exchange(pauses_->timer_set, true)) return;
    pauses_->timer.expires_after(longest_lag);
    pauses_->timer.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) tell_pauses();
    });
}

void Runner::tell_pauses() {
    pauses_->timer_set = false;
    auto& news = pauses_->news;
    const bool due = news.due() && Clock::now() >= *news.due();
    if (due) {
        const auto text = news.take(worker_.is_paused());
        services_.observer.about(index_, turn::Level::info, text);
        note_command(worker_.is_paused() ? "paused" : "resumed", {.reason = text});
    }
    if (std::exchange(pauses_->unseen, false) || due) {
        services_.recorder.changed();
        services_.touch();
    }
    if (news.due()) set_pause_timer();
}

}   // namespace talos::engine
