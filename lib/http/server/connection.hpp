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

/// What every coroutine of the server is. False: the peer is gone, and with it whatever it was to be told.
using Task = aio::asio::awaitable<bool, aio::Executor>;
/// Every call on it is a plain one; Asio only tells when to try. That needs no more of Asio than the workers' pipes do.
using Socket = aio::Descriptor;

/// Bytes that are on their way out; they live elsewhere until they are gone.
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

/// A peer's socket with one thing to wait for: whatever happens next, be it that the peer writes, reads or goes away, that somebody
/// notifies us, or that a moment is over. The coroutine that uses it then looks at everything there is.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    /// `closer` gets the socket in the end.
    Connection(Socket socket, std::shared_ptr<aio::SocketCloser> closer, std::shared_ptr<Turns> turns,
               const state::Requester& peer, Millis write_patience);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Returns when something has happened, at the latest then; also without a reason. Bytes of the peer are in input() afterwards.
    [[nodiscard]] Task pause(SteadyTime until);
    /// Lets the others of the loop have their turn, and then takes one.
    [[nodiscard]] Task yield();
    /// Before a part of a long answer or a stream, which a turn of the loop has only so much time for.
    [[nodiscard]] Task take_turn();
    /// All of it; false also for a peer that takes nothing for as long as our patience lasts, and for one that has not taken all after six
    /// times as long.
    [[nodiscard]] Task send(std::string_view bytes);
    /// As much as the peer takes now. When that is not all, a pause ends as soon as it takes more. False: the peer is gone.
    [[nodiscard]] bool send_now(Outgoing& out);
    /// What the peer says is thrown away until it goes, a second is over or a mebibyte was read: so a peer that is still writing learns
    /// what is wrong instead of a broken pipe.
    [[nodiscard]] Task linger();

    /// Something new, which pause() does not take: news() does.
    void notify();
    [[nodiscard]] bool news() { return std::exchange(news_, false); }
    /// Notifies of what stands on the board from now on; the feed is kept meanwhile. Both end with abort() too.
    void listen(api::EventBus& event_bus, api::EventBus::Reader reader, std::shared_ptr<api::EventFeed> feed = {});
    void stop_listening();
    /// It is a stream that goes on until it is ended, until stop_listening().
    void count_stream() { stream_ = true; }
    [[nodiscard]] bool is_stream() const { return stream_; }
    /// How many logs it follows, until stop_listening(); each is an open file.
    void count_logs(std::size_t logs) { logs_ = logs; }
    [[nodiscard]] std::size_t logs() const { return logs_; }
    /// What was given to listen(); nothing after abort().
    [[nodiscard]] api::EventFeed* feed() { return feed_.get(); }

    /// What the peer has said and nobody has taken yet.
    [[nodiscard]] std::string& input() { return input_; }
    /// It will say no more.
    [[nodiscard]] bool input_ended() const { return input_ended_; }

    /// Ends as soon as the answer that is under way is complete, at once when there is none.
    void finish();
    [[nodiscard]] bool finishing() const { return finishing_; }
    /// Closes the socket; whatever waits learns that the peer is gone.
    void abort();
    [[nodiscard]] bool over() const { return over_; }

    enum class Occupation { reading, answering, following };
    void occupy(Occupation occupation);
    /// Since when the connection does nothing: it waits for a request, or follows without reading for longer than our patience.
    [[nodiscard]] std::optional<SteadyTime> idle_since(SteadyTime now) const;

    /// Since when the peer has taken nothing of what is on its way.
    [[nodiscard]] std::optional<SteadyTime> blocked_since() const { return blocked_since_; }
    /// Keeps little in the kernel for a follower, so that it is noticed early how slow it is …
    void limit_kernel_buffer();
    /// … and makes room there for a last word that the peer finds whenever it reads on.
    void extend_kernel_buffer();

    /// Who connected. The program's name is looked up when it is asked for.
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
    SteadyTime since_{};                        // of the occupation
    std::optional<SteadyTime> blocked_since_;   // the peer takes nothing
    Occupation occupation_ = Occupation::reading;
    std::size_t logs_ = 0;
    bool stream_ = false;
    bool woken_ = false;
    bool news_ = false;
    bool readable_ = true;   // there may be something: the first look is for nothing at most
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
