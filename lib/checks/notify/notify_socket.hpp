#pragma once
#include "aio/timer.hpp"
#include "core/result.hpp"
#include "posix/children/drop_messages.hpp"
#include "posix/rights/unique_fd.hpp"
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace talos::checks {

/// The sender of a datagram, as the kernel names it.
struct NotifySender {
    pid_t pid = 0;   ///< 0: in another PID namespace
    uid_t uid = 0;
};

/// The file of a notify socket, and the users that may send to it.
struct NotifyAddress {
    std::shared_ptr<const posix::UniqueFd> directory;   ///< only this process's user can write in it
    std::string path;                                   ///< of the directory; together with `name` at most 107 bytes
    std::string name;
    std::vector<uid_t> users;   ///< beside this process's own and root; the kernel refuses all others
};

/// A socket that programs send messages of sd_notify(3) to.
///
/// Descriptors in a message never become this process's, nor does it close them: a child process does (posix::drop_messages). The socket is
/// not read while that child runs; after 2 s the child is killed. BARRIER=1 waits for that close.
///
/// It takes at most 16 messages, for at most 1 ms, and then pauses for ten times as long, at least 10 ms: a flood costs its sender's time
/// and not talosd's. A message of more than 8 KiB counts as unreadable.
class NotifySocket {
public:
    /// A message is valid during the call; `whole` is false for one that was too long, which comes without its text. The sink may not
    /// destroy the socket.
    using Sink = std::function<void(const NotifySender& sender, std::string_view text, bool whole)>;
    /// Child processes of this one that are to be reaped; `ended` is called then, once.
    using Children = std::function<void(pid_t child, std::function<void()> ended)>;

    /// Binds the socket. A file of that name is replaced. Nothing is received before listen(). Fails with ENOENT when the directory has been
    /// removed, EPERM when the socket cannot be given to the user, EOPNOTSUPP when there is more than one user and the file system has no ACLs.
    [[nodiscard]] static Result<std::unique_ptr<NotifySocket>> open(const aio::Executor& executor, NotifyAddress place,
                                                                    Children children);

    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    /// Removes the file.
    ~NotifySocket();

    /// For NOTIFY_SOCKET.
    [[nodiscard]] std::string path() const { return place_.path + '/' + place_.name; }
    void listen(Sink sink);
    /// Takes the messages that are queued already, up to the limits above: for a decision that depends on there being none.
    void take_waiting();

private:
    NotifySocket(aio::Descriptor descriptor, NotifyAddress place, Children children)
        : descriptor_(std::move(descriptor)), place_(std::move(place)), children_(std::move(children)),
          pause_(descriptor_.get_executor()) {}
    void wait();
    void serve();
    void pause(std::chrono::milliseconds length);
    enum class Taken { one, none, with_descriptors };
    [[nodiscard]] Taken receive();
    [[nodiscard]] bool start_drop();
    void kill_child();
    void drop_ended();

    aio::Descriptor descriptor_;
    NotifyAddress place_;
    Children children_;
    Sink sink_;
    aio::Timer pause_;        // also the limit of a child
    bool dropping_ = false;   // a child drops a message
    posix::UniqueFd child_;   // its pidfd: a number could come to mean another process
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a completion may be queued when we are destroyed
};

}   // namespace talos::checks
