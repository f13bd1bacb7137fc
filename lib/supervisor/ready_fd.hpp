#pragma once
#include "aio/types.hpp"
#include "supervisor/ready_watch.hpp"
#include "supervisor/services.hpp"
#include <memory>

namespace talos::supervisor {

/// A newline on descriptor 3, as s6 has it: what stands before it is not looked at, and afterwards nobody reads there any more.
class ReadyFd final : public ReadyWatch {
public:
    ReadyFd(Services& services, Hooks hooks) : services_(services), hooks_(std::move(hooks)), pipe_(services.executor) {}

    [[nodiscard]] Result<> equip(posix::SpawnRequest& request) override;
    void begin() override;
    void settle() override;

private:
    void wait();
    void look();

    Services& services_;
    Hooks hooks_;
    aio::Descriptor pipe_;
    aio::ChildEnd theirs_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace talos::supervisor
