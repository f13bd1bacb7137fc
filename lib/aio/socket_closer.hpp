#pragma once
#include "aio/timer.hpp"
#include "posix/rights/unique_fd.hpp"
#include <functional>
#include <memory>
#include <sys/types.h>
#include <vector>

namespace talos::aio {

/// Closes Unix stream sockets that processes of other users write to. Never blocks, whatever data is unread.
///
/// A socket with unread descriptors is closed by a child (posix::drop_streams), all others directly. One child handles all such
/// sockets of the last 100 ms, or 64 sockets.
class SocketCloser {
public:
    /// Called with each child, to reap it.
    using Children = std::function<void(pid_t child)>;

    SocketCloser(const Executor& executor, Children children) : children_(std::move(children)), timer_(executor) {}
    SocketCloser(const SocketCloser&) = delete;
    SocketCloser& operator=(const SocketCloser&) = delete;
    ~SocketCloser() { finish(); }

    /// Shuts down the connection in both directions at once. The peer can still read what was sent.
    void close(posix::UniqueFd socket);
    /// True if no child could be started for many sockets, which are still open. The caller should not accept more connections.
    [[nodiscard]] bool full() const;
    /// `children` is not called afterwards. Sockets without a child stay open until this process ends.
    void finish();

private:
    void drop();
    void drop_later();

    Children children_;
    Timer timer_;
    std::vector<posix::UniqueFd> waiting_;
    bool timed_ = false;
    std::chrono::steady_clock::time_point next_{};
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a queued handler may outlive this object
};

}   // namespace talos::aio
