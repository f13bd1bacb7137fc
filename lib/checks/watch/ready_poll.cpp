#include "checks/watch/ready_poll.hpp"

namespace talos::checks {

void ReadyPoll::looked(const Result<>& result) {
    ++count_;
    if (result) return callbacks_.ready(what_);
    if (auto text = result.error().message(); text != told_) {
        told_ = std::move(text);
        callbacks_.say(turn::Level::debug, "not ready yet: " + told_);
        if (callbacks_.not_yet) callbacks_.not_yet(told_);
    }
    look_after(pause_after(count_, interval_));
}

}   // namespace talos::checks
