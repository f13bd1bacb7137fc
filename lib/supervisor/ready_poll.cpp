#include "supervisor/ready_poll.hpp"

namespace talos::supervisor {

void ReadyPoll::looked(const Result<>& result) {
    ++count_;
    if (result) return hooks_.ready(what_);
    if (auto text = result.error().message(); text != told_) {
        hooks_.say(Level::debug, "not ready yet: " + text);
        told_ = std::move(text);
    }
    look_after(pause_after(count_, interval_));
}

}  // namespace talos::supervisor
