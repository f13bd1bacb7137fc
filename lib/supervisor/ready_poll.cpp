#include "supervisor/ready_poll.hpp"

#include "core/duration.hpp"
#include <utility>

namespace talos::supervisor {

void ReadyPoll::begin(pid_t) { after(Millis{0}, &ReadyPoll::look); }

void ReadyPoll::settle() {
    settled_ = true;
    ++epoch_;
    timer_.cancel();
    probe_.reset();
}

void ReadyPoll::after(Millis pause, void (ReadyPoll::*then)()) {
    if (settled_) return;
    timer_.expires_after(pause);
    timer_.async_wait([this, then, epoch = ++epoch_, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired() && epoch == epoch_) (this->*then)();
    });
}

void ReadyPoll::look() {
    ++looks_;
    probe_ = make_();
    after(longest_look(interval_), &ReadyPoll::too_long);
    probe_->start([this](const Result<>& result) { looked(result); });
}

void ReadyPoll::too_long() { looked(refused("no answer within " + format_duration(longest_look(interval_)))); }

void ReadyPoll::looked(const Result<>& result) {
    probe_.reset();
    if (result) return hooks_.ready(what_);
    if (auto text = result.error().message(); text != told_) {
        hooks_.say(Level::debug, "not ready yet: " + text);
        told_ = std::move(text);
    }
    after(pause_after(looks_, interval_), &ReadyPoll::look);
}

}  // namespace talos::supervisor
