#include "logs/write/output_relay.hpp"

#include "logs/write/relay_process.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/spawn/spawn_child.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace talos::logs {

namespace {

constexpr auto slice = Millis{20};
constexpr auto longest_held = Millis{60};     // of all relays, until the pause is over
constexpr auto longest_flush = Millis{300};   // of one that waits for a processor
constexpr auto pause_after_stuck = Millis{2000};
constexpr int longest_end_ms = 100;

struct Control {
    posix::UniqueFd ours;
    posix::UniqueFd theirs;
};

Result<Control> make_control() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) return last_error("socketpair");
    return Control{posix::UniqueFd{ends[0]}, posix::UniqueFd{ends[1]}};
}

/// How long talosd has waited for relays that are held up in the kernel. One for all: workers of several users can end at the same time.
struct HeldTime {
    Millis spent{};
    SteadyTime fresh_at{};

    void refresh(SteadyTime now) {
        if (now >= fresh_at) spent = Millis{0};
    }
    void add(SteadyTime now) {
        if (spent == Millis{0}) fresh_at = now + pause_after_stuck;
        spent += slice;
    }
    [[nodiscard]] bool used_up() const { return spent >= longest_held; }
};

HeldTime held_time;

bool has_ended(const Failure& failure) { return failure.errno_value() == EPIPE || failure.errno_value() == ECONNRESET; }

}   // namespace

// --- one process --------------------------------------------------------------------------------------------------

Result<std::shared_ptr<OutputRelay>> OutputRelay::start(uid_t uid) {
    auto control = make_control();
    if (!control) return control.error();
    const pid_t parent = ::getpid();
    const posix::AllSignalsBlocked blocked;   // no handler of ours runs in the child
    const pid_t pid = ::fork();
    if (pid == 0) run_relay(control->theirs.get(), parent, uid);
    if (pid < 0) return last_error("fork a process for the output of uid " + std::to_string(uid));
    return std::shared_ptr<OutputRelay>(new OutputRelay(uid, pid, std::move(control->ours)));
}

/// False leaves errno. `descriptors`: relay_descriptors of them, or null.
bool OutputRelay::send(const void* request, std::size_t size, const int* descriptors) const {
    if (!control_) {
        errno = EPIPE;
        return false;
    }
    iovec part{const_cast<void*>(request), size};   // sendmsg(2) changes nothing
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * relay_descriptors)> space{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptors != nullptr) {
        message.msg_control = space.data();
        message.msg_controllen = space.size();
        cmsghdr* head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int) * relay_descriptors);
        std::memcpy(CMSG_DATA(head), descriptors, sizeof(int) * relay_descriptors);
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(control_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

Result<std::uint32_t> OutputRelay::take(int from, int to, int writer) {
    const RelayRequest request{RelayRequest::Kind::take, ++streams_, 0};
    const std::array<int, relay_descriptors> descriptors{from, to, writer};
    if (!send(&request, sizeof request, descriptors.data()))
        return last_error("pass a pipe to the process that reads the output of uid " + std::to_string(uid_) + " (pid " +
                          std::to_string(pid_) + ")");
    return request.stream;
}

/// Not delivered: the process has ended, or is held up so long that its socket is full. Then the end of file of this stream is not seen
/// before the end of the process.
void OutputRelay::started(std::uint32_t stream) {
    const RelayRequest request{RelayRequest::Kind::started, stream, 0};
    (void)send(&request, sizeof request, nullptr);
}

void OutputRelay::take_answers() {
    std::uint32_t number = 0;
    for (;;) {
        const ssize_t size = ::recv(control_.get(), &number, sizeof number, MSG_DONTWAIT);
        if (size == static_cast<ssize_t>(sizeof number)) {
            if (number == unanswered_) unanswered_ = 0;
        } else if (size >= 0 || errno != EINTR) {
            if (size >= 0 || errno != EAGAIN) control_.reset();   // it has ended
            return;
        }
    }
}

bool OutputRelay::held_up() const {
    const auto stat = posix::read_stat(pid_);
    return !stat || (stat->state != 'R' && stat->state != 'S');
}

void OutputRelay::flush(std::uint32_t stream, int outlet, const std::function<bool()>& read) {
    if (!control_) return;
    const auto begin = std::chrono::steady_clock::now();
    take_answers();
    const RelayRequest request{RelayRequest::Kind::flush, stream, flushes_ + 1};
    held_time.refresh(begin);
    if (unanswered_ != 0 || begin < patient_again_ || held_time.used_up() || !send(&request, sizeof request, nullptr)) return;
    unanswered_ = ++flushes_;
    std::array<pollfd, 2> entries{pollfd{control_.get(), POLLIN, 0}, pollfd{outlet, POLLIN, 0}};
    while (control_ && unanswered_ != 0) {
        const int ready = ::poll(entries.data(), entries.size(), static_cast<int>(slice.count()));
        const auto now = std::chrono::steady_clock::now();
        if (ready == 0 && held_up()) held_time.add(now);
        if (held_time.used_up() || now - begin >= longest_flush) {
            patient_again_ = now + pause_after_stuck;
            return;
        }
        if (ready <= 0) continue;
        if (entries[1].revents != 0 && !read()) entries[1].fd = -1;
        if (entries[0].revents != 0) take_answers();
    }
}

void OutputRelay::end() {
    control_.reset();
    const auto pidfd = posix::pidfd_open(pid_);
    if (!pidfd) return;
    (void)posix::send_signal(*pidfd, SIGKILL);
    pollfd entry{pidfd->get(), POLLIN, 0};
    for (int waited = 0; waited < longest_end_ms; waited += static_cast<int>(slice.count()))
        if (::poll(&entry, 1, static_cast<int>(slice.count())) != 0 || held_up()) break;
    (void)posix::reap(*pidfd);
}

// --- pipes --------------------------------------------------------------------------------------------------------

void ChildEnd::reset() {
    fd_.reset();
    if (const auto relay = std::exchange(relay_, nullptr)) relay->started(stream_);
}

Result<ChildPipe> open_child_pipe() {
    auto pipe = posix::make_pipe();
    if (!pipe) return pipe.error();
    return ChildPipe{std::move(pipe->read), ChildEnd{std::move(pipe->write)}};
}

// --- all of them --------------------------------------------------------------------------------------------------

Result<std::shared_ptr<OutputRelay>> OutputRelays::relay_of(uid_t uid) {
    auto& relay = relays_[uid];
    if (relay) return relay;
    auto started = OutputRelay::start(uid);
    if (!started) {
        relays_.erase(uid);
        return started;
    }
    relay = std::move(*started);
    started_(relay->pid(), uid);
    return relay;
}

Result<ChildPipe> OutputRelays::open(uid_t uid, gid_t gid) {
    auto pipe = posix::make_pipe();
    if (!pipe) return pipe.error();
    auto front = posix::make_pipe();
    if (!front) return front.error();
    if (const auto set = posix::set_nonblocking(front->write.get()); !set) return set.error();
    struct stat info {};
    if (::fstat(pipe->read.get(), &info) != 0) return last_error("stat a pipe");
    if (::fchown(pipe->write.get(), uid, gid) != 0 && errno != EPERM)
        return last_error("chown a pipe");   // without CAP_CHOWN it cannot be opened by a name
    for (bool again = false;; again = true) {
        auto relay = relay_of(uid);
        if (!relay) return relay.error();
        const auto stream = (*relay)->take(pipe->read.get(), front->write.get(), pipe->write.get());
        if (stream) {
            auto relayed =
                std::make_unique<RelayedStream>(RelayedStream{*relay, *stream, static_cast<std::uint64_t>(info.st_ino)});
            return ChildPipe{std::move(front->read), ChildEnd{std::move(pipe->write), *relay, *stream}, std::move(relayed)};
        }
        if (again || !has_ended(stream.error())) return stream.error();
        relays_.erase(uid);   // its end is about to be reported
    }
}

void OutputRelays::ended(pid_t pid) {
    std::erase_if(relays_, [&](const auto& entry) { return entry.second->pid() == pid; });
}

bool OutputRelays::is_relay(pid_t pid) const {
    return std::any_of(relays_.begin(), relays_.end(), [&](const auto& entry) { return entry.second->pid() == pid; });
}

void OutputRelays::end() {
    for (const auto& [uid, relay] : relays_) relay->end();
}

}   // namespace talos::logs
