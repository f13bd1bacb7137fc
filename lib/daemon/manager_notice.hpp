#pragma once
#include "aio/timer.hpp"
#include "core/time.hpp"
#include "posix/rights/unique_fd.hpp"
#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace talos::daemon {

/// Removes the variables that a service manager sets for talosd only: the sockets of sd_notify(3) and sd_listen_fds(3), and the
/// watchdog's settings.
void forget_manager(std::vector<std::string>& environment);

/// Notifies the service manager that started talosd of its state, with the protocol of sd_notify(3): datagrams to $NOTIFY_SOCKET.
/// Never blocks; a message that does not fit into the socket is sent later. Does nothing without a service manager.
class ManagerNotice {
public:
    /// Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. Sends the requested heartbeats while the event loop runs.
    explicit ManagerNotice(const aio::Executor& executor);
    ManagerNotice(const ManagerNotice&) = delete;
    ManagerNotice& operator=(const ManagerNotice&) = delete;

    [[nodiscard]] bool wanted() const { return !address_.empty(); }

    /// All workers were started, or a reload has finished.
    void ready();
    /// A reload has started.
    void reloading();
    /// The stop has begun and takes at most `longest`.
    void stopping(Millis longest);
    /// A one-line state for `systemctl status`. It is sent when it has changed, at most once a second.
    void status(std::string_view text);

private:
    void send(std::string message);
    [[nodiscard]] bool put(std::string_view message);
    void flush();
    void beat();
    void send_status();

    std::string address_;   ///< as in sockaddr_un, without the leading NUL of an abstract name; empty: no manager
    posix::UniqueFd socket_;
    std::deque<std::string> queue_;
    aio::Timer retry_;
    aio::Timer heartbeat_;
    aio::Timer status_timer_;
    std::chrono::microseconds every_{0};   ///< interval of heartbeats; 0: none
    std::string status_;
    std::string sent_status_;
    bool status_pending_ = false;
};

}   // namespace talos::daemon
