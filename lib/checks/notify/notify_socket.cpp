#include "checks/notify/notify_socket.hpp"

#include "aio/socket_access.hpp"
#include "posix/processes/pidfd.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace talos::checks {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_message = 8 * 1024;
constexpr int messages_at_once = 16;
constexpr auto longest_turn = 1ms;
constexpr auto shortest_pause = 10ms;
constexpr auto longest_pause = 100ms;
constexpr auto longest_drop = 2s;
constexpr int ten_times = 10;

/// By the directory's descriptor: no name on the way there can be exchanged.
std::string path_by_descriptor(const NotifyAddress& place) {
    return "/proc/self/fd/" + std::to_string(place.directory->get()) + '/' + place.name;
}

Result<> bind_in(int socket, const NotifyAddress& place) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (place.path.size() + 1 + place.name.size() >= sizeof address.sun_path)
        return failure_of(ENAMETOOLONG, "bind " + place.path + '/' + place.name);
    const auto path = path_by_descriptor(place);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const auto bind_it = [&] { return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0; };
    if (bind_it()) return {};
    // Left by a run whose talosd was killed.
    if (errno == EADDRINUSE && ::unlinkat(place.directory->get(), place.name.c_str(), 0) == 0 && bind_it()) return {};
    return last_error("bind " + place.path + '/' + place.name);
}

NotifySender sender_of(msghdr& header) {
    NotifySender sender;
    sender.uid = static_cast<uid_t>(-1);
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS || part->cmsg_len != CMSG_LEN(sizeof(ucred)))
            continue;
        ucred credentials{};
        std::memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
        sender = {credentials.pid, credentials.uid};
    }
    return sender;
}

}   // namespace

Result<std::unique_ptr<NotifySocket>> NotifySocket::open(const aio::Executor& executor, NotifyAddress place, Children children) {
    posix::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return last_error("socket for notifications");
    constexpr int on = 1;
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) return last_error("setsockopt SO_PASSCRED");
    // Sending needs write permission on the file. The mode of the socket before bind(2) becomes that of the file, which is never looser.
    constexpr mode_t owner_only = 0600;
    if (::fchmod(socket.get(), owner_only) != 0) return last_error("chmod the socket for notifications");
    if (auto bound = bind_in(socket.get(), place); !bound) return bound.error();
    std::unique_ptr<NotifySocket> made(
        new NotifySocket(aio::Descriptor(executor, socket.release()), std::move(place), std::move(children)));
    const auto& there = made->place_;
    if (auto given = aio::give_access(there.directory->get(), there.name, there.users); !given)
        return failure_of(given.error().errno_value(), given.error().what + ' ' + made->path());
    return made;
}

/// Messages that are queued may carry descriptors, which close(2) would close.
NotifySocket::~NotifySocket() {
    (void)::unlinkat(place_.directory->get(), place_.name.c_str(), 0);
    kill_child();
    const int socket = descriptor_.native_handle();
    (void)::shutdown(socket, SHUT_RD);   // from here on nothing is queued
    char byte = 0;
    if (::recv(socket, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) < 0) return;
    if (const auto child = posix::drop_messages(socket, posix::Drop::all)) children_(*child, {});
    else (void)descriptor_.release();   // lost until this process ends, which is better than to wait
}

void NotifySocket::listen(Sink sink) {
    sink_ = std::move(sink);
    wait();
}

void NotifySocket::wait() {
    descriptor_.async_wait(aio::Descriptor::wait_read,
                           [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
                               if (!error && !alive.expired()) serve();
                           });
}

void NotifySocket::serve() {
    if (dropping_) return;   // its end goes on
    const auto begin = Clock::now();
    auto spent = Clock::duration{0};
    for (int left = messages_at_once; left > 0 && spent < longest_turn; --left) {
        const auto taken = receive();
        if (taken == Taken::none) return wait();
        if (taken == Taken::with_descriptors) return;
        spent = Clock::now() - begin;
    }
    pause(std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(spent * ten_times), shortest_pause,
                     longest_pause + 0ms));
}

void NotifySocket::pause(std::chrono::milliseconds length) {
    pause_.expires_after(length);
    pause_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) serve();
    });
}

void NotifySocket::take_waiting() {
    const auto begin = Clock::now();
    for (int left = messages_at_once; left > 0 && !dropping_ && Clock::now() - begin < longest_turn; --left)
        if (receive() != Taken::one) return;
}

/// The message stays queued until it is known whether descriptors come with it. Control data has room for the credentials alone, so that
/// MSG_CTRUNC means descriptors.
NotifySocket::Taken NotifySocket::receive() {
    static std::array<char, longest_message> text;
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const int socket = descriptor_.native_handle();
    const ssize_t size = ::recvmsg(socket, &header, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0) return errno == EINTR ? Taken::one : Taken::none;
    const bool with_descriptors = (header.msg_flags & MSG_CTRUNC) != 0;
    if (with_descriptors && !start_drop()) return Taken::with_descriptors;
    if (!with_descriptors) (void)::recv(socket, nullptr, 0, MSG_DONTWAIT);
    const bool whole = (header.msg_flags & MSG_TRUNC) == 0;
    sink_(sender_of(header), {text.data(), whole ? static_cast<std::size_t>(size) : 0}, whole);
    return with_descriptors ? Taken::with_descriptors : Taken::one;
}

/// False when that is not possible now; it is tried again.
bool NotifySocket::start_drop() {
    const auto child = posix::drop_messages(descriptor_.native_handle(), posix::Drop::first);
    if (!child) {
        pause(longest_pause);
        return false;
    }
    dropping_ = true;
    if (auto pidfd = posix::pidfd_open(*child)) child_ = std::move(*pidfd);   // else the child's own limit ends it
    children_(*child, [this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) drop_ended();
    });
    pause_.expires_after(longest_drop);
    pause_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) kill_child();
    });
    return true;
}

void NotifySocket::kill_child() {
    if (child_) (void)posix::send_signal(child_, SIGKILL);
}

void NotifySocket::drop_ended() {
    dropping_ = false;
    child_.reset();
    pause(shortest_pause);   // a child for each message costs more than the message
}

}   // namespace talos::checks
