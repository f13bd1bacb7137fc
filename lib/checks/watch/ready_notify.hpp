#pragma once
#include "checks/watch/ready_watch.hpp"
#include <string>
#include <utility>

namespace talos::checks {

/// READY=1 from one of its processes.
class ReadyNotify final : public ReadyWatch {
public:
    explicit ReadyNotify(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}

    void settle() override { settled_ = true; }
    void heard(const NotifyMessage& message, std::string_view who) override {
        if (!settled_ && message.ready) callbacks_.ready("READY=1 from " + std::string(who));
    }

private:
    Callbacks callbacks_;
    bool settled_ = false;
};

}   // namespace talos::checks
