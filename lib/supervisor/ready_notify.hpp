#pragma once
#include "aio/notify_socket.hpp"
#include "supervisor/ready_watch.hpp"
#include <memory>
#include <string>
#include <vector>

namespace talos::supervisor {

/// Messages of sd_notify(3), from processes of the worker's tree alone. It listens for the whole run, also to what is not about readiness.
///
/// A sender that has ended meanwhile cannot be asked any more whose it is: its message counts when its user is the worker's or root. Only
/// the worker's processes have been told the name of the socket.
class ReadyNotify final : public ReadyWatch {
public:
    ReadyNotify(const Services& services, std::string worker, Hooks hooks);

    [[nodiscard]] Result<> equip(posix::SpawnRequest& request) override;
    void begin(pid_t main) override;
    void settle() override { settled_ = true; }
    [[nodiscard]] const daemon::NotifyStatus* told() const override { return &told_; }

private:
    void take(const aio::NotifySender& sender, std::string_view text, bool whole);
    [[nodiscard]] bool is_ours(const aio::NotifySender& sender) const;
    void note_main_pid(pid_t pid);
    void complain_once(bool& said, const std::string& text);

    const Services& services_;
    std::string worker_;
    Hooks hooks_;
    std::unique_ptr<aio::NotifySocket> socket_;
    pid_t main_ = 0;
    bool settled_ = false;
    bool said_stranger_ = false;
    bool said_long_ = false;
    bool said_main_pid_ = false;
    daemon::NotifyStatus told_;
};

}  // namespace talos::supervisor
