#include "supervisor/ready_poll.hpp"

namespace talos::supervisor {

void ReadyPoll::looked(const Result<>& result) {
    ++count_;
    if (result) return hooks_.ready(what_);
    if (auto text = result.error().message(); text != told_) {
        told_ = std::move(text);
        hooks_.say(Level::debug, "not ready yet: " + told_);
        if (hooks_.not_yet) hooks_.not_yet(told_);
    }
    look_after(pause_after(count_, interval_));
}

}  // namespace talos::supervisor
