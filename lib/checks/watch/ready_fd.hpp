#pragma once
#include "aio/types.hpp"
#include "checks/watch/ready_watch.hpp"
#include "turn/services.hpp"
#include <memory>

namespace talos::checks {

/// A newline on descriptor 3, as s6 has it: what stands before it is not looked at, and afterwards nobody reads there any more.
class ReadyFd final : public ReadyWatch {
public:
    ReadyFd(turn::Services& services, Callbacks callbacks)
        : services_(services), callbacks_(std::move(callbacks)), pipe_(services.executor) {}

    [[nodiscard]] Result<> equip(posix::SpawnRequest& request) override;
    void begin() override;
    void settle() override;

private:
    void wait();
    void look();

    turn::Services& services_;
    Callbacks callbacks_;
    aio::Descriptor pipe_;
    logs::ChildEnd theirs_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::checks
