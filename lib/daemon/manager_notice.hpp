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

/// Takes out what a service manager told talosd and nobody else: sockets of sd_notify(3) and sd_listen_fds(3), the watchdog's times.
void forget_manager(std::vector<std::string>& environment);

/// Tells the service manager that started talosd how it goes, in the protocol of sd_notify(3): datagrams to $NOTIFY_SOCKET. Never waits;
/// what the manager has no room for is sent later. Where there is no manager nothing of it happens.
class ManagerNotice {
public:
    /// Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID; from here on it also sends the heartbeats that are asked for, while the
    /// loop turns.
    explicit ManagerNotice(const aio::Executor& executor);
    ManagerNotice(const ManagerNotice&) = delete;
    ManagerNotice& operator=(const ManagerNotice&) = delete;

    [[nodiscard]] bool wanted() const { return !address_.empty(); }

    /// Everything was started, or a reload is over.
    void ready();
    /// The config is being read again.
    void reloading();
    /// The stop has begun and can take that long.
    void stopping(Millis longest);
    /// One line about how it goes, for `systemctl status`; told when it differs from the last one, at most once a second.
    void status(std::string_view text);

private:
    void send(std::string message);
    [[nodiscard]] bool put(std::string_view message);
    void flush();
    void beat();
    void tell_status();

    std::string address_;   ///< as in sockaddr_un, without the leading NUL of an abstract one; empty: nobody listens
    posix::UniqueFd socket_;
    std::deque<std::string> queue_;
    aio::Timer retry_;
    aio::Timer heartbeat_;
    aio::Timer status_timer_;
    std::chrono::microseconds every_{0};   ///< between heartbeats; 0: none
    std::string status_;
    std::string told_;
    bool status_pending_ = false;
};

}   // namespace talos::daemon
