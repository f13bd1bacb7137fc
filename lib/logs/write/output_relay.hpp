#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstdint>
#include <functional>
#include <memory>
#include <sys/types.h>
#include <unordered_map>

namespace talos::logs {

/// talosd's side of one relay process (see run_relay), which is its child. Once that has ended, all of its streams are at their end.
class OutputRelay {
public:
    /// Forks the process for the workers of `uid`. Its end is the caller's to reap.
    [[nodiscard]] static Result<std::shared_ptr<OutputRelay>> start(uid_t uid);
    OutputRelay(const OutputRelay&) = delete;
    OutputRelay& operator=(const OutputRelay&) = delete;
    ~OutputRelay() = default;

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// From here on the process reads `from` and writes to `to`; it keeps a copy of `writer`, the other end of `from`, until started().
    /// Returns the stream's number. Fails with EPIPE or ECONNRESET when the process has ended, EAGAIN when it takes nothing more.
    [[nodiscard]] Result<std::uint32_t> take(int from, int to, int writer);
    void started(std::uint32_t stream);

    /// Returns once what stands in the stream's pipe now has come to `outlet`, the reading end of `to`; `read` is called while that has
    /// something, and returns false at its end. Gives up after 60 ms in which nothing comes while the process is held up in the kernel, and
    /// after 2 s in which it waits for a processor. Does not wait at all within 2 s after it gave up, nor before the process has answered.
    void flush(std::uint32_t stream, int outlet, const std::function<bool()>& read);

    /// The process ends as soon as it can, and is reaped: waits up to 100 ms for that, and not for one that is held up in the kernel.
    void end();

private:
    OutputRelay(uid_t uid, pid_t pid, posix::UniqueFd control) : uid_(uid), pid_(pid), control_(std::move(control)) {}
    [[nodiscard]] bool send(const void* request, std::size_t size, const int* descriptors) const;
    void take_answers();
    [[nodiscard]] bool held_up() const;

    uid_t uid_;
    pid_t pid_;
    posix::UniqueFd control_;
    std::uint32_t streams_ = 0;
    std::uint32_t flushes_ = 0;
    std::uint32_t unanswered_ = 0;   // number of a flush; 0: none
    SteadyTime patient_again_{};
};

/// One pipe that a relay reads, as talosd, which reads the other end, knows it.
struct RelayedStream {
    std::shared_ptr<OutputRelay> relay;
    std::uint32_t number = 0;
    std::uint64_t pipe = 0;   ///< inode of the pipe that the worker has
};

/// The writing end of a pipe for a child. It is closed once the child has it.
class ChildEnd {
public:
    ChildEnd() = default;
    explicit ChildEnd(posix::UniqueFd fd) : fd_(std::move(fd)) {}
    ChildEnd(posix::UniqueFd fd, std::shared_ptr<OutputRelay> relay, std::uint32_t stream)
        : fd_(std::move(fd)), relay_(std::move(relay)), stream_(stream) {}
    ChildEnd(ChildEnd&&) noexcept = default;
    ChildEnd& operator=(ChildEnd&& other) noexcept {
        reset();
        fd_ = std::move(other.fd_);
        relay_ = std::move(other.relay_);
        stream_ = other.stream_;
        return *this;
    }
    ChildEnd(const ChildEnd&) = delete;
    ChildEnd& operator=(const ChildEnd&) = delete;
    ~ChildEnd() { reset(); }

    [[nodiscard]] int get() const { return fd_.get(); }
    explicit operator bool() const { return static_cast<bool>(fd_); }
    void reset();

private:
    posix::UniqueFd fd_;
    std::shared_ptr<OutputRelay> relay_;
    std::uint32_t stream_ = 0;
};

/// A pipe from a child to talosd. `read` is non-blocking.
struct ChildPipe {
    posix::UniqueFd read;
    ChildEnd write;
    std::unique_ptr<RelayedStream> relayed{};   ///< null where talosd reads the child's pipe itself
};

/// A pipe for a child of talosd's own user.
[[nodiscard]] Result<ChildPipe> open_child_pipe();

/// The relay processes, one for each user of workers other than talosd's own, started when the first pipe is needed.
class OutputRelays {
public:
    /// A child that is to be reaped, and then given to ended(): the process for the workers of `uid`.
    using Started = std::function<void(pid_t pid, uid_t uid)>;
    explicit OutputRelays(Started started) : started_(std::move(started)) {}
    OutputRelays(const OutputRelays&) = delete;
    OutputRelays& operator=(const OutputRelays&) = delete;
    ~OutputRelays() = default;

    /// A pipe that belongs to `uid`, so that the child can open it by the name /dev/stdout. Fails where a process cannot be started, and
    /// while the one of that user is held up and has more to take than its socket holds.
    [[nodiscard]] Result<ChildPipe> open(uid_t uid, gid_t gid);
    /// One that was started has ended and was reaped. The next pipe starts another.
    void ended(pid_t pid);
    [[nodiscard]] bool is_relay(pid_t pid) const;
    /// talosd needs none any more.
    void end();

private:
    [[nodiscard]] Result<std::shared_ptr<OutputRelay>> relay_of(uid_t uid);

    Started started_;
    std::unordered_map<uid_t, std::shared_ptr<OutputRelay>> relays_;
};

}   // namespace talos::logs
