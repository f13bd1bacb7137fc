#include "aio/tcp_probe.hpp"

#include <arpa/inet.h>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace talos::aio {

namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

Address address_of(const Endpoint& endpoint) {
    Address address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET, endpoint.address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(endpoint.port);
        address.size = sizeof *v4;
    } else {
        (void)::inet_pton(AF_INET6, endpoint.address.c_str(), &v6->sin6_addr);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(endpoint.port);
        address.size = sizeof *v6;
    }
    return address;
}

std::string operand(const Endpoint& endpoint) {
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    return "connect " + (v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(endpoint.port);
}

}  // namespace

void TcpProbe::start(Done done) {
    done_ = std::move(done);
    const auto connection = connect();
    if (connection && *connection == Connection::coming) return when(Descriptor::wait_write, [this] { connect_finished(); });
    const auto outcome = connection ? Result<>{} : Result<>{connection.error()};
    asio::post(waiting_.get_executor(), [this, outcome, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        if (outcome) connected();
        else finish(outcome);
    });
}

Result<TcpProbe::Connection> TcpProbe::connect() {
    const auto address = address_of(endpoint_);
    const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
    socket_ = posix::UniqueFd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_) return last_error("socket");
    if (::connect(socket_.get(), where, address.size) == 0) return Connection::there;
    if (errno != EINPROGRESS) return last_error(operand(endpoint_));
    // On this machine the handshake is over by now, only a second call tells it. That saves the calls that waiting takes.
    if (::connect(socket_.get(), where, address.size) == 0) return Connection::there;
    if (errno != EALREADY) return last_error(operand(endpoint_));
    return Connection::coming;
}

void TcpProbe::when(Descriptor::wait_type ready, std::function<void()> then) {
    if (socket_) waiting_.assign(socket_.release());
    waiting_.async_wait(ready, [then = std::move(then), alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) then();
    });
}

void TcpProbe::connect_finished() {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return finish(failure_of(error, operand(endpoint_)));
    connected();
}

void TcpProbe::finish(Result<> result) {
    boost::system::error_code ignored;
    socket_.reset();
    if (waiting_.is_open()) waiting_.close(ignored);
    const auto done = std::move(done_);
    done(std::move(result));
}

}  // namespace talos::aio
