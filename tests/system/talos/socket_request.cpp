#include "system/talos/socket_request.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace talos::test {

SocketRequest::SocketRequest(const Daemon& daemon, const std::string& method, const std::string& target)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = daemon.data("control.sock");
    const std::string head = method + ' ' + target + " HTTP/1.1\r\nHost: talos\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    ended_ = true;
    if (!socket_ || path.size() >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) return;
    ended_ = ::send(socket_.get(), head.data(), head.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(head.size());
}

bool SocketRequest::done() {
    std::array<char, 16384> block;
    while (!ended_) {
        const auto got = ::recv(socket_.get(), block.data(), block.size(), MSG_DONTWAIT);
        if (got > 0) text_.append(block.data(), static_cast<std::size_t>(got));
        else if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
        else ended_ = true;
    }
    return true;
}

Answer SocketRequest::answer() const {
    Answer answer;
    const auto head = text_.find("\r\n\r\n");
    if (head == std::string::npos || !text_.starts_with("HTTP/1.1 ")) return answer;
    answer.status = std::atoi(text_.c_str() + std::strlen("HTTP/1.1 "));
    answer.body = text_.substr(head + 4);
    boost::system::error_code error;
    const auto value = boost::json::parse(answer.body, error);
    if (!error && value.is_object()) answer.json = value.get_object();
    return answer;
}

}   // namespace talos::test
