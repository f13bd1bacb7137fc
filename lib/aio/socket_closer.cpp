#include "aio/socket_closer.hpp"

#include "posix/children/drop_messages.hpp"
#include "posix/processes/plain_stream.hpp"
#include <utility>

namespace talos::aio {

namespace {

constexpr std::chrono::milliseconds between_children{100};
constexpr std::size_t most_for_a_child = 64;

}   // namespace

void SocketCloser::close(posix::UniqueFd socket) {
    if (posix::end_plain(socket.get())) return;
    // Leaks the socket until the process ends: blocking would be worse.
    if (!children_) return (void)socket.release();
    waiting_.push_back(std::move(socket));
    if (waiting_.size() == most_for_a_child || std::chrono::steady_clock::now() >= next_) drop();
    else drop_later();
}

bool SocketCloser::full() const { return waiting_.size() >= most_for_a_child; }

void SocketCloser::drop() {
    next_ = std::chrono::steady_clock::now() + between_children;
    const auto child = posix::drop_streams(waiting_);
    if (!child) return drop_later();
    children_(*child);
    waiting_.clear();
}

void SocketCloser::drop_later() {
    if (std::exchange(timed_, true)) return;
    timer_.expires_at(next_);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        timed_ = false;
        if (!waiting_.empty()) drop();
    });
}

void SocketCloser::finish() {
    if (!waiting_.empty()) drop();
    for (auto& socket : waiting_) (void)socket.release();
    waiting_.clear();
    timer_.cancel();
    children_ = {};
}

}   // namespace talos::aio
