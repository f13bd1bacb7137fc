#include "checks/probes/tcp_probe.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace talos::checks {

namespace {

constexpr std::size_t most_told = 4;

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

/// A numeric address, perhaps with a scope: `fe80::1%eth0`.
Address address_of(const std::string& text, std::uint16_t port) {
    Address address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.size = sizeof *v4;
    } else {
        const auto scope = text.find('%');
        (void)::inet_pton(AF_INET6, text.substr(0, scope).c_str(), &v6->sin6_addr);
        if (scope != std::string::npos) v6->sin6_scope_id = ::if_nametoindex(text.c_str() + scope + 1);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.size = sizeof *v6;
    }
    return address;
}

std::string operand(const std::string& address, std::uint16_t port) {
    const bool v6 = address.find(':') != std::string::npos;
    return "connect " + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

/// Where nobody listens, a port of the range for clients can be the one that the kernel gives to the probe: it is then connected to itself.
/// Reset, so that the port is free at once.
bool drop_own_connection(int socket) {
    sockaddr_storage here{};
    sockaddr_storage there{};
    socklen_t here_size = sizeof here;
    socklen_t there_size = sizeof there;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&here), &here_size) != 0 ||
        ::getpeername(socket, reinterpret_cast<sockaddr*>(&there), &there_size) != 0)
        return false;
    if (here_size != there_size || std::memcmp(&here, &there, here_size) != 0) return false;
    const linger reset{1, 0};
    (void)::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return true;
}

bool is_without_route(const Failure& failure) {
    const int error = failure.errno_value();
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == ENETUNREACH;
}

}   // namespace

void TcpProbe::start(Done done, Millis longest) {
    done_ = std::move(done);
    deadline_ = Clock::now() + longest;
    if (addresses_.empty()) {
        wish_ = names_.ask(endpoint_.host, [this](const aio::NameLookups::Answer& answer) { resolved(answer); });
        return;
    }
    const auto outcome = try_next();
    if (!outcome) return;
    aio::asio::post(waiting_.get_executor(), [this, outcome, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) go_on(outcome);
    });
}

std::string TcpProbe::where() const {
    if (addresses_.empty()) return "cannot resolve " + endpoint_.host;
    if (failures_.empty() || next_ == 0) return {};
    return all_failed().error().message() + "; " + operand(addresses_[next_ - 1], endpoint_.port);
}

void TcpProbe::resolved(const aio::NameLookups::Answer& answer) {
    if (!answer) return finish(answer.error());
    addresses_ = *answer;
    go_on(try_next());
}

void TcpProbe::go_on(const std::optional<Result<>>& outcome) {
    if (!outcome) return;
    if (*outcome) connected();
    else finish(*outcome);
}

std::optional<Result<>> TcpProbe::try_next() {
    while (next_ < addresses_.size()) {
        const auto connection = connect(addresses_[next_++]);
        ++attempt_;
        if (!connection) {
            failures_.push_back(connection.error());
        } else if (*connection == Connection::there) {
            return Result<>{};
        } else {
            if (next_ < addresses_.size()) wait_share();
            when(aio::Descriptor::wait_write, [this, attempt = attempt_] {
                if (attempt == attempt_) connect_finished();
            });
            return std::nullopt;
        }
    }
    return all_failed();
}

Result<TcpProbe::Connection> TcpProbe::connect(const std::string& address) {
    const auto target = address_of(address, endpoint_.port);
    const auto* where = reinterpret_cast<const sockaddr*>(&target.storage);
    socket_ = posix::UniqueFd(::socket(target.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_) return last_error("socket");
    const auto reached = [&]() -> Result<Connection> {
        if (!drop_own_connection(socket_.get())) return Connection::there;
        return failure_of(ECONNREFUSED, operand(address, endpoint_.port));
    };
    if (::connect(socket_.get(), where, target.size) == 0) return reached();
    if (errno != EINPROGRESS) return last_error(operand(address, endpoint_.port));
    // On this machine the handshake is over by now, only a second call tells it. That saves the calls that waiting takes.
    if (::connect(socket_.get(), where, target.size) == 0) return reached();
    if (errno != EALREADY) return last_error(operand(address, endpoint_.port));
    return Connection::coming;
}

void TcpProbe::wait_share() {
    const auto left = std::max<SteadyTime::duration>(deadline_ - Clock::now(), Millis{0});
    const auto shares = static_cast<SteadyTime::rep>(addresses_.size() - next_ + 1);
    share_.expires_after(left / shares);
    share_.async_wait([this, attempt = attempt_, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired() || attempt != attempt_) return;
        give_up_address(refused(operand(addresses_[next_ - 1], endpoint_.port) + ": no answer"));
    });
}

void TcpProbe::when(aio::Descriptor::wait_type ready, std::function<void()> then) {
    if (socket_) waiting_.assign(socket_.release());
    waiting_.async_wait(ready, [then = std::move(then), alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) then();
    });
}

void TcpProbe::connect_finished() {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == 0 && drop_own_connection(fd())) error = ECONNREFUSED;
    if (error != 0) return give_up_address(failure_of(error, operand(addresses_[next_ - 1], endpoint_.port)));
    ++attempt_;
    share_.cancel();
    connected();
}

void TcpProbe::give_up_address(Failure failure) {
    boost::system::error_code ignored;
    failures_.push_back(std::move(failure));
    waiting_.close(ignored);
    share_.cancel();
    go_on(try_next());
}

/// One failure is told as it is; of several each is named, but for those of a kind of address that this machine does not have.
Result<> TcpProbe::all_failed() const {
    std::vector<const Failure*> told;
    for (const auto& failure : failures_)
        if (!is_without_route(failure)) told.push_back(&failure);
    if (told.empty()) return failures_.front();
    if (told.size() == 1) return *told.front();
    std::string text;
    for (std::size_t i = 0; i < std::min(told.size(), most_told); ++i)
        text.append(text.empty() ? "" : "; ").append(told[i]->message());
    if (told.size() > most_told) text += "; and " + std::to_string(told.size() - most_told) + " more";
    return refused(std::move(text));
}

void TcpProbe::finish(Result<> result) {
    boost::system::error_code ignored;
    ++attempt_;
    socket_.reset();
    if (waiting_.is_open()) waiting_.close(ignored);
    share_.cancel();
    const auto done = std::move(done_);
    done(std::move(result));
}

}   // namespace talos::checks
