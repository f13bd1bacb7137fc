#pragma once
#include "posix/rights/unique_fd.hpp"
#include "support/catch.hpp"
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace talos::test {

/// A TCP socket whose last close(2) blocks for one minute, because its peer never reads.
class Lingering {
public:
    Lingering()
        : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_.get(), any, size) == 0);
        REQUIRE(::listen(listener_.get(), 1) == 0);
        REQUIRE(::getsockname(listener_.get(), any, &size) == 0);
        REQUIRE(::connect(socket_.get(), any, size) == 0);
        const std::string data(1 << 16, 'x');
        while (::send(socket_.get(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {}
        const linger wait{1, 60};
        REQUIRE(::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &wait, sizeof wait) == 0);
    }
    [[nodiscard]] int fd() const { return socket_.get(); }
    /// Closes this descriptor: the receiver of the message has the last one.
    void forget() { socket_.reset(); }

private:
    posix::UniqueFd listener_;
    posix::UniqueFd socket_;
};

}   // namespace talos::test
