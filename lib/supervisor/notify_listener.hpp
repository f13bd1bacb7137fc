#pragma once
#include "aio/notify_message.hpp"
#include "aio/notify_socket.hpp"
#include "core/result.hpp"
#include "daemon/status_document.hpp"
#include "posix/spawn.hpp"
#include "supervisor/observer.hpp"
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace talos::supervisor {

struct Services;

/// Messages of sd_notify(3), from processes of the worker's tree alone, for a whole run.
///
/// A sender that has ended meanwhile cannot be asked any more whose it is: its message counts when its user is the worker's or root. Only
/// the worker's processes have been told the name of the socket.
class NotifyListener {
public:
    struct Hooks {
        std::function<void(const aio::NotifyMessage& message, std::string_view who)> heard;
        std::function<void()> news;                        ///< told() has changed
        std::function<void(Level, std::string_view)> say;
    };

    NotifyListener(const Services& services, std::string worker, Hooks hooks);

    [[nodiscard]] Result<> equip(posix::SpawnRequest& request);
    void begin(pid_t main);
    /// Hears what has been sent by now.
    void catch_up() { socket_->take_waiting(); }
    /// What it says of itself.
    [[nodiscard]] const daemon::NotifyStatus& told() const { return told_; }

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
    bool said_stranger_ = false;
    bool said_long_ = false;
    bool said_main_pid_ = false;
    daemon::NotifyStatus told_;
};

/// In the environment that the process is given.
void set_variable(posix::SpawnRequest& request, const std::string& name, const std::string& value);

}  // namespace talos::supervisor
