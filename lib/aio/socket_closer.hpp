#pragma once
#include "aio/timer.hpp"
#include "posix/rights/unique_fd.hpp"
#include <functional>
#include <memory>
#include <sys/types.h>
#include <vector>

namespace talos::aio {

/// Closes Unix stream sockets to which other users' processes write: whatever is unread on them, close() returns at once.
///
/// A socket on which descriptors are unread is closed by a child process (posix::drop_streams), all others directly. There is at most one such
/// child per 100 ms, for all sockets that came meanwhile, or one per 64 sockets.
class SocketCloser {
public:
    /// Child processes of this one that are to be reaped.
    using Children = std::function<void(pid_t child)>;

    SocketCloser(const Executor& executor, Children children) : children_(std::move(children)), timer_(executor) {}
    SocketCloser(const SocketCloser&) = delete;
    SocketCloser& operator=(const SocketCloser&) = delete;
    ~SocketCloser() { finish(); }

    /// Ends the connection at once, in both directions; the peer can still read what it was sent.
    void close(posix::UniqueFd socket);
    /// No child could be made for many sockets, which are still open: no more should be accepted.
    [[nodiscard]] bool full() const;
    /// `children` is not called afterwards. What no child could be made for stays open until this process ends.
    void finish();

private:
    void drop();
    void drop_later();

    Children children_;
    Timer timer_;
    std::vector<posix::UniqueFd> waiting_;
    bool timed_ = false;
    std::chrono::steady_clock::time_point next_{};
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a completion may be queued when we are destroyed
};

}   // namespace talos::aio
