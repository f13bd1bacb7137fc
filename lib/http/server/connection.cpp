#include "http/server/connection.hpp"
#include "http/server/peer.hpp"
#include "posix/processes/plain_stream.hpp"
#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

namespace talos::http {

namespace asio = aio::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t most_input = 64u << 10;   // buffered input while a request is being answered
constexpr int small_kernel_buffer = 64 << 10;   // the kernel doubles both values
constexpr int large_kernel_buffer = 208 << 10;
constexpr Millis longest_linger{1'000};
constexpr int patiences_of_an_answer = 6;
constexpr std::size_t most_lingering = 1u << 20;   // bytes that are read and discarded

// Shared by all connections: it is empty between two turns of the loop.
std::array<char, 64u << 10>& block() {
    static std::array<char, 64u << 10> buffer;
    return buffer;
}

}   // namespace

void Outgoing::add(std::string_view bytes) {
    if (bytes.empty()) return;
    iovec part;
    part.iov_base = const_cast<char*>(bytes.data());
    part.iov_len = bytes.size();
    parts_.push_back(part);
    left_ += bytes.size();
}

void Outgoing::sent(std::size_t bytes) {
    left_ -= bytes;
    while (bytes != 0) {
        auto& part = parts_[first_];
        const auto taken = std::min(bytes, part.iov_len);
        part.iov_base = static_cast<char*>(part.iov_base) + taken;
        part.iov_len -= taken;
        bytes -= taken;
        if (part.iov_len == 0) ++first_;
    }
}

/// Completion of a wait on the socket. Keeps the connection alive while the operation is pending.
struct Connection::Ready {
    std::shared_ptr<Connection> connection;
    bool* armed;
    bool* ready;
    /// Whether the connection may run in this turn; otherwise it is woken later.
    static bool takes_turn(Connection& connection) {
        return connection.turns_->take(&connection, [&connection] { connection.wake(); });
    }
    void operator()(const boost::system::error_code& error) const {
        *armed = false;
        if (error) return;   // the only cause is a close
        *ready = true;
        connection->wake();
    }
};

Connection::Connection(Socket socket, std::shared_ptr<aio::SocketCloser> closer, std::shared_ptr<Turns> turns,
                       const state::Requester& peer, Millis write_patience)
    : socket_(std::move(socket)), closer_(std::move(closer)), turns_(std::move(turns)), timer_(socket_.get_executor()),
      patience_(write_patience), peer_(peer), since_(steady_clock::now()) {}

Connection::~Connection() {
    turns_->leave(this);
    close();
}

void Connection::close() {
    if (socket_.is_open()) closer_->close(posix::UniqueFd(socket_.release()));
}

void Connection::arm(Socket::wait_type what, bool& armed, bool& ready) {
    if (armed || over_) return;
    armed = true;
    socket_.async_wait(what, Ready{shared_from_this(), &armed, &ready});
}

void Connection::wake() {
    woken_ = true;
    timer_.cancel();
}

void Connection::notify() {
    notified_ = true;
    wake();
}

void Connection::listen(api::EventBus& event_bus, api::EventBus::Reader reader, std::shared_ptr<api::EventFeed> feed) {
    feed_ = std::move(feed);
    subscription_ = api::EventBus::Subscription(event_bus, std::move(reader));
}

void Connection::stop_listening() {
    subscription_ = {};
    feed_.reset();
    logs_ = 0;
    stream_ = false;
}

bool Connection::hung_up() const {
    pollfd polled{};
    polled.fd = const_cast<Socket&>(socket_).native_handle();
    return ::poll(&polled, 1, 0) == 1 && (polled.revents & (POLLHUP | POLLERR)) != 0;
}

// Reads once and, if needed, requests the next notification.
void Connection::attend() {
    if (over_) return;
    if (std::exchange(readable_, false)) receive();
    if (std::exchange(hangup_, false)) {
        over_ = hung_up();
        if (over_) return;
    }
    // With enough unread input, or after the peer's end of file, only a disconnect is of interest.
    const bool reads = !input_ended_ && input_.size() < most_input;
    if (reads) {
        arm(Socket::wait_read, read_armed_, readable_);
    } else {
        arm(Socket::wait_error, hangup_armed_, hangup_);
    }
}

void Connection::receive() {
    auto& buffer = block();
    if (input_ended_ || input_.size() >= most_input) return;
    const auto got =
        posix::receive_plain(socket_.native_handle(), buffer.data(), std::min(buffer.size(), most_input - input_.size()));
    if (got > 0) {
        input_.append(buffer.data(), static_cast<std::size_t>(got));
        woken_ = true;
    } else if (got == 0) {
        // The peer may have closed only its sending direction and still wait for the answer.
        input_ended_ = true;
        over_ = hung_up();
        woken_ = true;
    } else if (errno != EAGAIN && errno != EINTR) {
        over_ = true;   // also for ancillary descriptors, which no request contains
    }
}

Task Connection::wait(SteadyTime until, Turn turn) {
    attend();
    if (over_) co_return false;
    if (!woken_ || turn == Turn::others_first) {
        boost::system::error_code ignored;
        asio::use_awaitable_t<aio::Executor> waits;
        auto token = asio::redirect_error(waits, ignored);
        timer_.expires_at(until);
        co_await timer_.async_wait(token);
    }
    woken_ = false;
    attend();
    co_return !over_;
}

Task Connection::pause(SteadyTime until) { return wait(until, Turn::ours); }

/// Each awaited result is stored in a variable before its use: GCC 12 resumes the coroutine incorrectly otherwise.
Task Connection::yield() {
    const auto now = steady_clock::now();
    const bool there = co_await wait(now, Turn::others_first);
    if (!there) co_return false;
    const bool turn = co_await take_turn();
    co_return turn;
}

Task Connection::take_turn() {
    for (;;) {
        const bool taken = Ready::takes_turn(*this);
        if (taken) co_return true;
        const bool there = co_await pause(SteadyTime::max());
        if (!there) break;
    }
    turns_->leave(this);
    co_return false;
}

bool Connection::send_now(Outgoing& out) {
    while (!over_ && !out.empty()) {
        msghdr message{};
        message.msg_iov = out.parts();
        message.msg_iovlen = std::min<std::size_t>(out.count(), IOV_MAX);
        const auto count = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) {
            out.sent(static_cast<std::size_t>(count));
            blocked_since_.reset();
        } else if (errno == EAGAIN) {
            if (!blocked_since_) blocked_since_ = steady_clock::now();
            arm(Socket::wait_write, write_armed_, writable_);
            return true;
        } else if (errno != EINTR) {
            over_ = true;
        }
    }
    return !over_;
}

Task Connection::send(std::string_view bytes) {
    Outgoing out;
    out.add(bytes);
    // A peer that reads a byte now and then would keep all of it in memory.
    const auto end = steady_clock::now() + patiences_of_an_answer * patience_;
    for (;;) {
        if (!send_now(out)) co_return false;
        if (out.empty()) co_return true;
        const auto until = std::min(*blocked_since_ + patience_, end);
        if (steady_clock::now() >= until) co_return false;
        if (!co_await pause(until)) co_return false;
    }
}

Task Connection::linger() {
    ::shutdown(socket_.native_handle(), SHUT_WR);
    const auto until = steady_clock::now() + longest_linger;
    for (std::size_t read = 0; !input_ended_ && read < most_lingering && steady_clock::now() < until; read += input_.size()) {
        input_.clear();
        if (!co_await pause(until)) co_return false;
    }
    co_return true;
}

void Connection::finish() {
    finishing_ = true;
    notify();
}

void Connection::abort() {
    over_ = true;
    stop_listening();
    close();
    wake();
}

void Connection::occupy(Occupation occupation) {
    occupation_ = occupation;
    since_ = steady_clock::now();
}

std::optional<SteadyTime> Connection::idle_since(SteadyTime now) const {
    switch (occupation_) {
    case Occupation::reading: return since_;
    case Occupation::answering: return std::nullopt;
    case Occupation::following: return blocked_since_ && now - *blocked_since_ > patience_ ? blocked_since_ : std::nullopt;
    }
    __builtin_unreachable();
}

void Connection::limit_kernel_buffer() {
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDBUF, &small_kernel_buffer, sizeof small_kernel_buffer);
}

void Connection::extend_kernel_buffer() {
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDBUF, &large_kernel_buffer, sizeof large_kernel_buffer);
}

const state::Requester& Connection::named_peer() {
    if (!std::exchange(named_, true)) peer_.program = program_of(peer_.pid);
    return peer_;
}

}   // namespace talos::http
