#include "daemon/manager_notice.hpp"

#include "core/text.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace talos::daemon {

namespace {

constexpr std::array<std::string_view, 6> of_manager{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                                     "LISTEN_PID",    "LISTEN_FDS",    "LISTEN_FDNAMES"};
constexpr std::size_t most_waiting = 16;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value > 0 ? std::optional{value} : std::nullopt;
}

/// Half the time after which the manager considers talosd hung, as sd_watchdog_enabled(3) recommends.
std::chrono::microseconds heartbeat_interval() {
    const auto longest = number(variable("WATCHDOG_USEC"));
    const auto whose = variable("WATCHDOG_PID");
    if (!longest || (!whose.empty() && number(whose) != ::getpid())) return std::chrono::microseconds{0};
    return std::chrono::microseconds{std::max<std::int64_t>(*longest / 2, 1)};
}

std::string monotonic_usec() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::to_string(static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000);
}

}   // namespace

void forget_manager(std::vector<std::string>& environment) {
    std::erase_if(environment, [](const std::string& entry) {
        const auto name = std::string_view(entry).substr(0, entry.find('='));
        return std::find(of_manager.begin(), of_manager.end(), name) != of_manager.end();
    });
}

ManagerNotice::ManagerNotice(const aio::Executor& executor)
    : address_(variable("NOTIFY_SOCKET")), retry_(executor), heartbeat_(executor), status_timer_(executor) {
    // A path or an abstract name. Other addresses (vsock) are for virtual machines.
    const bool usable = (address_.starts_with('/') || address_.starts_with('@')) && address_.size() > 1 &&
                        address_.size() < sizeof(sockaddr_un{}.sun_path);
    if (usable) socket_ = posix::UniqueFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket_) {
        address_.clear();
        return;
    }
    every_ = heartbeat_interval();
    if (every_.count() > 0) beat();
}

void ManagerNotice::ready() { send("READY=1\nMAINPID=" + std::to_string(::getpid())); }

void ManagerNotice::reloading() { send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec()); }

void ManagerNotice::stopping(Millis longest) {
    send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(std::chrono::microseconds(longest).count()));
}

void ManagerNotice::status(std::string_view text) {
    if (!wanted()) return;
    status_ = in_one_line(text);
    if (status_pending_ || status_ == sent_status_) return;
    status_pending_ = true;
    send_status();
}

void ManagerNotice::send_status() {
    if (status_ == sent_status_) {
        status_pending_ = false;
        return;
    }
    sent_status_ = status_;
    send("STATUS=" + sent_status_);
    status_timer_.expires_after(std::chrono::seconds{1});
    status_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) send_status();
    });
}

void ManagerNotice::beat() {
    send("WATCHDOG=1");
    heartbeat_.expires_after(every_);
    heartbeat_.async_wait([this](const boost::system::error_code& error) {
        if (!error) beat();
    });
}

void ManagerNotice::send(std::string message) {
    if (!wanted()) return;
    if (queue_.size() < most_waiting) queue_.push_back(std::move(message));
    flush();
}

void ManagerNotice::flush() {
    while (!queue_.empty() && put(queue_.front())) queue_.pop_front();
    if (queue_.empty()) return;
    constexpr std::chrono::milliseconds pause{100};
    retry_.expires_after(pause);
    retry_.async_wait([this](const boost::system::error_code& error) {
        if (!error) flush();
    });
}

/// Returns false if the socket is full. If the manager is not running, the message is dropped; the manager may come back at the
/// same address.
bool ManagerNotice::put(std::string_view message) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, address_.data(), address_.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    for (;;) {
        if (::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                     length) >= 0)
            return true;
        if (errno != EINTR) return errno != EAGAIN && errno != ENOBUFS;
    }
}

}   // namespace talos::daemon
