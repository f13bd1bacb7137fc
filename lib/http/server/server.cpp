#include "http/server/server.hpp"
#include "aio/timer.hpp"
#include "http/server/host.hpp"
#include "http/server/peer.hpp"
#include "http/server/unix_socket.hpp"
#include "posix/processes/descriptors.hpp"
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cerrno>
#include <exception>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace talos::http {

namespace asio = aio::asio;
using std::chrono::seconds;

namespace {

constexpr int most_at_once = 16;   // connections accepted per turn of the loop, rejected ones not counted
constexpr std::chrono::milliseconds longest_accepting{5};
constexpr seconds first_retry{1};
constexpr seconds longest_retry{64};

Task run(std::shared_ptr<Connection> peer, std::shared_ptr<Host> host) {
    try {
        (void)co_await converse(peer, host);
    } catch (const std::exception&) {
        // Out of memory, or a bug: only this connection fails.
    }
    peer->abort();
    host->forget(*peer);
    co_return true;
}

void turn_away(posix::UniqueFd socket, aio::SocketCloser& closer) {
    constexpr std::string_view answer = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    (void)::send(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    closer.close(std::move(socket));
}

}   // namespace

struct Server::State : std::enable_shared_from_this<State> {
    State(aio::Executor its_executor, std::shared_ptr<Host> its_host)
        : executor(std::move(its_executor)), host(std::move(its_host)) {}

    aio::Executor executor;
    std::shared_ptr<Host> host;
    DaemonLocation place;
    std::optional<ListeningSocket> socket;
    std::optional<FileWatch> watch;
    std::optional<aio::Timer> accept_retry;
    std::optional<aio::Timer> name_retry;
    seconds next_retry = first_retry;
    bool ending = false;
    bool closed = false;

    Result<> open() {
        auto opened = ListeningSocket::open(executor, place.path, place.mode);
        if (!opened) return opened.error();
        socket.emplace(std::move(*opened));
        wait_for_peers();
        watch_name();
        return {};
    }

    void wait_for_peers() {
        socket->descriptor().async_wait(aio::Descriptor::wait_read,
                                        [state = shared_from_this()](const boost::system::error_code& error) {
                                            if (!error && !state->closed) state->accept();
                                        });
    }

    void accept() {
        if (take_peers(most_at_once)) {
            wait_for_peers();
        } else {   // out of descriptors or memory: an immediate retry would only use CPU time
            after(accept_retry, first_retry, &State::wait_for_peers);
        }
    }

    /// False for an error that does not concern a peer.
    bool take_peers(int most) {
        const posix::DescriptorShare share(posix::DescriptorShare::For::connections);
        const auto end = std::chrono::steady_clock::now() + longest_accepting;
        for (int count = 0; count < most && std::chrono::steady_clock::now() < end;) {
            if (host->closer->full()) return false;
            posix::UniqueFd accepted(socket->accept());
            if (accepted) {
                if (begin(std::move(accepted))) ++count;
            } else if (errno == EAGAIN) {
                return true;
            } else if ((errno == EMFILE || errno == ENFILE) && host->free_descriptor()) {
                continue;   // already closed
            } else if (errno != EINTR && errno != ECONNABORTED) {
                return false;
            }
        }
        return true;
    }

    /// False if the peer was rejected.
    bool begin(posix::UniqueFd accepted) {
        const auto who = peer_of(accepted.get());
        if (!host->may_connect(who) || !host->make_room(who)) {
            turn_away(std::move(accepted), *host->closer);
            return false;
        }
        serve(std::move(accepted), who);
        return true;
    }

    void serve(posix::UniqueFd accepted, const state::Requester& who) {
        Socket socket_of_peer(executor);
        boost::system::error_code error;
        socket_of_peer.assign(accepted.get(), error);
        if (error) return host->closer->close(std::move(accepted));
        (void)accepted.release();
        try {
            auto peer =
                std::make_shared<Connection>(std::move(socket_of_peer), host->closer, host->turns, who, host->limits.write);
            host->connections.push_back(peer);
            asio::co_spawn(executor, run(std::move(peer), host), asio::detached);
        } catch (const std::exception&) {
            // There is no memory for it; its socket is closed.
        }
    }

    void after(std::optional<aio::Timer>& timer, seconds time, void (State::*what)()) {
        if (!timer) timer.emplace(executor);
        timer->expires_after(time);
        timer->async_wait([state = shared_from_this(), what](const boost::system::error_code& error) {
            if (!error && !state->closed) ((*state).*what)();
        });
    }

    void watch_name() {
        watch = FileWatch::open(executor, place.path);
        // The file was removed before the watch existed.
        if (watch && !socket->has_its_name()) return restore_soon();
        wait_for_watch();
    }

    void wait_for_watch() {
        if (!watch) return;
        watch->descriptor().async_wait(aio::Descriptor::wait_read,
                                       [state = shared_from_this()](const boost::system::error_code& error) {
                                           if (!error && !state->closed) state->look_at_name();
                                       });
    }

    void look_at_name() {
        watch->drain();
        if (socket->has_its_name()) return wait_for_watch();
        restore_soon();
    }

    /// With a delay, so that a process that removes the whole directory does not find a new file in it.
    void restore_soon() {
        watch->end();
        after(name_retry, first_retry, &State::restore);
    }

    /// The file was removed or replaced. Peers that connected to the old socket are still accepted.
    void restore() {
        watch.reset();
        if (ending) return;
        (void)take_peers(SOMAXCONN);
        auto opened = ListeningSocket::open(executor, place.path, place.mode);
        if (!opened) {
            after(name_retry, next_retry, &State::restore);
            next_retry = std::min(next_retry * 2, longest_retry);
            return;
        }
        next_retry = first_retry;
        accept_retry.reset();
        socket->refuse_peers();
        (void)take_peers(SOMAXCONN);
        socket.emplace(std::move(*opened));
        wait_for_peers();
        watch_name();
    }

    /// Connections in the queue: closing the listening socket would reset them.
    void dismiss_peers() {
        socket->refuse_peers();
        while (posix::UniqueFd peer{socket->accept()}) host->closer->close(std::move(peer));
    }

    void begin_end() {
        if (std::exchange(ending, true) || !watch) return;
        watch->end();
    }

    void close() {
        if (std::exchange(closed, true)) return;
        if (socket) {
            dismiss_peers();
            socket->remove();
        }
        watch.reset();
        accept_retry.reset();
        name_retry.reset();
        for (const auto& connection : host->connections) connection->finish();
    }

    void abort() {
        close();
        for (const auto& connection : std::exchange(host->connections, {})) connection->abort();
        host->closer->finish();   // the service may end before the host
    }
};

Server::Server(const aio::Executor& executor, api::Service& service, Access access, Limits limits)
    : state_(std::make_shared<State>(executor, std::make_shared<Host>(executor, service, std::move(access), limits))) {}

Server::~Server() { state_->abort(); }

Result<> Server::listen(const DaemonLocation& place) {
    state_->place = place;
    return state_->open();
}

void Server::set_access(Access access) {
    state_->host->access = std::move(access);
    ++state_->host->access_changes;
    for (const auto& connection : state_->host->connections) connection->notify();
}

void Server::begin_end() { state_->begin_end(); }
void Server::close() { state_->close(); }
void Server::abort() { state_->abort(); }
std::size_t Server::connections() const { return state_->host->connections.size(); }

}   // namespace talos::http
