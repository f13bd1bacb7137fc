#pragma once
#include "aio/socket_closer.hpp"
#include "aio/types.hpp"
#include "api/event_bus.hpp"
#include "api/event_feed.hpp"
#include "core/time.hpp"
#include "http/server/turns.hpp"
#include "state/requester.hpp"
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <utility>
#include <vector>

namespace talos::http {

/// The result of every coroutine of the server. False: the peer has disconnected, so there is nothing left to answer.
using Task = aio::asio::awaitable<bool, aio::Executor>;
/// All I/O on the socket uses plain system calls; Asio only reports readiness. It needs no more of Asio than the workers' pipes
/// do.
using Socket = aio::Descriptor;

/// Bytes to send. They live elsewhere and must stay valid until they are sent.
class Outgoing {
public:
    void add(std::string_view bytes);
    void sent(std::size_t bytes);
    [[nodiscard]] bool empty() const { return left_ == 0; }
    [[nodiscard]] std::size_t left() const { return left_; }
    [[nodiscard]] iovec* parts() { return parts_.data() + first_; }
    [[nodiscard]] std::size_t count() const { return parts_.size() - first_; }

private:
    std::vector<iovec> parts_;
    std::size_t first_ = 0;
    std::size_t left_ = 0;
};

/// A peer's socket with a single wait for all events: the peer writes, reads or disconnects, a notification arrives, or a time
/// limit passes. The coroutine then checks for all of them.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    /// `closer` receives the socket for closing.
    Connection(Socket socket, std::shared_ptr<aio::SocketCloser> closer, std::shared_ptr<Turns> turns,
               const state::Requester& peer, Millis write_patience);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Returns after an event or at the deadline; spurious returns are possible. Input from the peer is then in input().
    [[nodiscard]] Task pause(SteadyTime until);
    /// Yields to the other work of the loop, then waits for a turn.
    [[nodiscard]] Task yield();
    /// Call before each part of a long answer or stream: a turn of the loop has limited time for them.
    [[nodiscard]] Task take_turn();
    /// Sends all of it. False also if the peer accepts nothing for the time limit, or has not accepted everything after six times
    /// that time.
    [[nodiscard]] Task send(std::string_view bytes);
    /// Sends what the peer accepts now. If data remains, a pause ends when the peer accepts more. False: the peer has
    /// disconnected.
    [[nodiscard]] bool send_now(Outgoing& out);
    /// Discards input until the peer disconnects, a second has passed or a mebibyte was read. A peer that is still writing thus
    /// receives the error answer instead of a broken pipe.
    [[nodiscard]] Task linger();

    /// Whether there is a notification. pause() does not clear it; take_notification() does.
    void notify();
    [[nodiscard]] bool take_notification() { return std::exchange(notified_, false); }
    /// Subscribes to the event bus and keeps the feed alive. Both end with abort() too.
    void listen(api::EventBus& event_bus, api::EventBus::Reader reader, std::shared_ptr<api::EventFeed> feed = {});
    void stop_listening();
    /// Marks the connection as an endless stream, until stop_listening().
    void count_stream() { stream_ = true; }
    [[nodiscard]] bool is_stream() const { return stream_; }
    /// Number of logs that it follows, until stop_listening(); each is an open file.
    void count_logs(std::size_t logs) { logs_ = logs; }
    [[nodiscard]] std::size_t logs() const { return logs_; }
    /// The feed passed to listen(); nullptr after abort().
    [[nodiscard]] api::EventFeed* feed() { return feed_.get(); }

    /// Input from the peer that has not been consumed.
    [[nodiscard]] std::string& input() { return input_; }
    /// The peer will send no more.
    [[nodiscard]] bool input_ended() const { return input_ended_; }

    /// Closes once the current answer is complete, or at once if there is none.
    void finish();
    [[nodiscard]] bool finishing() const { return finishing_; }
    /// Closes the socket; every waiting coroutine gets `false`.
    void abort();
    [[nodiscard]] bool over() const { return over_; }

    enum class Occupation { reading, answering, following };
    void occupy(Occupation occupation);
    /// Since when the connection has been idle: it waits for a request, or follows a stream whose peer has not read for longer
    /// than the time limit.
    [[nodiscard]] std::optional<SteadyTime> idle_since(SteadyTime now) const;

    /// Since when the peer has accepted no pending data.
    [[nodiscard]] std::optional<SteadyTime> blocked_since() const { return blocked_since_; }
    /// Reduces the kernel's send buffer for a follower, so that a slow reader is noticed early …
    void limit_kernel_buffer();
    /// … and enlarges it for a final message, which the peer then finds when it continues to read.
    void extend_kernel_buffer();

    /// The peer. Its program name is looked up on first use.
    [[nodiscard]] const state::Requester& peer() const { return peer_; }
    [[nodiscard]] const state::Requester& named_peer();

private:
    struct Ready;
    enum class Turn { ours, others_first };
    [[nodiscard]] Task wait(SteadyTime until, Turn turn);
    void attend();
    void receive();
    void arm(Socket::wait_type what, bool& armed, bool& ready);
    void wake();
    void close();
    [[nodiscard]] bool hung_up() const;

    Socket socket_;
    std::shared_ptr<aio::SocketCloser> closer_;
    std::shared_ptr<Turns> turns_;
    aio::AwaitableTimer timer_;
    Millis patience_;
    state::Requester peer_;
    std::string input_;
    api::EventBus::Subscription subscription_;
    std::shared_ptr<api::EventFeed> feed_;
    SteadyTime since_{};                        // start of the current occupation
    std::optional<SteadyTime> blocked_since_;   // the peer accepts no data
    Occupation occupation_ = Occupation::reading;
    std::size_t logs_ = 0;
    bool stream_ = false;
    bool woken_ = false;
    bool notified_ = false;
    bool readable_ = true;   // input may be available; at worst the first read finds nothing
    bool writable_ = false;
    bool hangup_ = false;
    bool read_armed_ = false;
    bool write_armed_ = false;
    bool hangup_armed_ = false;
    bool input_ended_ = false;
    bool finishing_ = false;
    bool over_ = false;
    bool named_ = false;
};

}   // namespace talos::http
