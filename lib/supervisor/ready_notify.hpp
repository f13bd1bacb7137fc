#pragma once
#include "supervisor/ready_watch.hpp"
#include <string>
#include <utility>

namespace talos::supervisor {

/// READY=1 from one of its processes.
class ReadyNotify final : public ReadyWatch {
public:
    explicit ReadyNotify(Hooks hooks) : hooks_(std::move(hooks)) {}

    void settle() override { settled_ = true; }
    void heard(const aio::NotifyMessage& message, std::string_view who) override {
        if (!settled_ && message.ready) hooks_.ready("READY=1 from " + std::string(who));
    }

private:
    Hooks hooks_;
    bool settled_ = false;
};

}  // namespace talos::supervisor
