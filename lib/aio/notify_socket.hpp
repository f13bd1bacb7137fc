#pragma once
#include "aio/types.hpp"
#include "core/result.hpp"
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace talos::aio {

/// Whom the kernel names as the sender of a datagram.
struct NotifySender {
    pid_t pid = 0;                         ///< 0: in another PID namespace
    uid_t uid = 0;
};

/// A socket that programs send messages of sd_notify(3) to. Descriptors that come along never become ours: there is no room for them, and
/// the kernel closes them when the message is received. That is what BARRIER=1 waits for.
///
/// It takes 16 messages at once and then pauses for 10 ms: a flood costs its sender's time and not talosd's. What is longer than 8 KiB is no
/// message.
class NotifySocket {
public:
    /// A message is valid during the call; `whole` is false for one that was too long, which comes without its text. The sink may not
    /// destroy the socket.
    using Sink = std::function<void(const NotifySender& sender, std::string_view text, bool whole)>;

    /// Binds an abstract name that has `label` and a random number in it: any user reaches it, no file is left behind, and nobody else
    /// knows or has taken it. Nothing is received before listen().
    [[nodiscard]] static Result<std::unique_ptr<NotifySocket>> open(const Executor& executor, const std::string& label);

    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    /// For NOTIFY_SOCKET, with `@` for the leading NUL.
    [[nodiscard]] const std::string& name() const { return name_; }
    void listen(Sink sink);
    /// Takes what stands there already, as much as it takes at once: for who is about to decide that nothing came.
    void take_waiting();

private:
    NotifySocket(Descriptor descriptor, std::string name) : descriptor_(std::move(descriptor)), name_(std::move(name)) {}
    void wait();
    void serve();
    [[nodiscard]] bool receive();

    Descriptor descriptor_;
    std::string name_;
    Sink sink_;
    std::unique_ptr<Timer> pause_;                                             // of one that ever took one
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a completion may be queued when we are destroyed
};

}  // namespace talos::aio
