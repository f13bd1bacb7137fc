#include "system/talos/net.hpp"

#include "posix/rights/unique_fd.hpp"
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>

namespace talos::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

posix::UniqueFd tcp_socket() {
    posix::UniqueFd made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!made) throw std::runtime_error("socket");
    return made;
}

}   // namespace

std::uint16_t free_port() {
    const auto probe = tcp_socket();
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) < 0 ||
        ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) < 0)
        throw std::runtime_error("bind");
    return ntohs(address.sin_port);
}

std::string ask(std::uint16_t port, const std::string& request, const std::string& until) {
    const auto connection = tcp_socket();
    const timeval second{1, 0};
    ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
    const auto address = loopback(port);
    if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) return {};
    if (::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
    std::string answer;
    std::array<char, 4096> block;
    for (ssize_t got; (got = ::recv(connection.get(), block.data(), block.size(), 0)) > 0;) {
        answer.append(block.data(), static_cast<std::size_t>(got));
        if (!until.empty() && answer.find(until) != std::string::npos) break;
    }
    return answer;
}

}   // namespace talos::test
