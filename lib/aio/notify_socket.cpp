#include "aio/notify_socket.hpp"

#include "posix/random.hpp"
#include "posix/unique_fd.hpp"
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace talos::aio {

namespace {

constexpr std::size_t longest_message = 8 * 1024;
constexpr int messages_at_once = 16;
constexpr std::chrono::milliseconds pause_after_many{10};

std::string name_with(const std::string& label) {
    std::array<char, 16> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), posix::random_number(), 16);
    return "@talos/" + label + "/" + std::string(digits.data(), error == std::errc{} ? end : digits.data());
}

Result<> bind_abstract(int socket, const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.size() > sizeof address.sun_path) return failure_of(ENAMETOOLONG, "bind " + name);
    std::memcpy(address.sun_path, name.data(), name.size());
    address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), length) != 0) return last_error("bind " + name);
    return {};
}

NotifySender sender_of(msghdr& header) {
    NotifySender sender;
    sender.uid = static_cast<uid_t>(-1);
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS || part->cmsg_len != CMSG_LEN(sizeof(ucred))) continue;
        ucred credentials{};
        std::memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
        sender = {credentials.pid, credentials.uid};
    }
    return sender;
}

}  // namespace

Result<std::unique_ptr<NotifySocket>> NotifySocket::open(const Executor& executor, const std::string& label) {
    posix::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return last_error("socket for notifications");
    constexpr int on = 1;
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) return last_error("setsockopt SO_PASSCRED");
    auto name = name_with(label);
    if (auto bound = bind_abstract(socket.get(), name); !bound) return bound.error();
    return std::unique_ptr<NotifySocket>(new NotifySocket(Descriptor(executor, socket.release()), std::move(name)));
}

void NotifySocket::listen(Sink sink) {
    sink_ = std::move(sink);
    wait();
}

void NotifySocket::wait() {
    descriptor_.async_wait(Descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) serve();
    });
}

void NotifySocket::serve() {
    int left = messages_at_once;
    while (left > 0 && receive()) --left;
    if (left > 0) return wait();
    if (!pause_) pause_ = std::make_unique<Timer>(descriptor_.get_executor());
    pause_->expires_after(pause_after_many);
    pause_->async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) serve();
    });
}

void NotifySocket::take_waiting() {
    for (int left = messages_at_once; left > 0 && receive();) --left;
}

/// False when there is none.
bool NotifySocket::receive() {
    static std::array<char, longest_message> text;
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};   // exactly: what else comes along has no room
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(descriptor_.native_handle(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0) return errno == EINTR;
    const bool whole = (header.msg_flags & MSG_TRUNC) == 0;
    sink_(sender_of(header), {text.data(), whole ? static_cast<std::size_t>(size) : 0}, whole);
    return true;
}

}  // namespace talos::aio
