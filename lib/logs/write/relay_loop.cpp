#include "logs/write/relay_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace talos::logs {

namespace {

constexpr int most_descriptors = 64 * 1024;
constexpr int block_size = 64 * 1024;
constexpr int blocks_alone = 4;          // at a time, of a stream that is the only one with something to read
constexpr int large_pipe = 256 * 1024;   // for a stream that fills a block
constexpr std::uint64_t of_control = ~std::uint64_t{0};
constexpr std::uint64_t of_outlet = std::uint64_t{1} << 32;

/// One of a worker's pipes, in the table at the number of its reading end.
struct Stream {
    bool used;
    bool full;   // the outlet takes no more: the pipe is not watched
    bool flushing;
    bool large;
    int outlet;
    int writer;     // copy of the pipe's writing end, until the worker has it; -1: closed
    int capacity;   // of the outlet, when last seen
    int pages;      // at most, that the outlet has in use
    int standing;   // bytes still to be passed on for the flush
    std::uint32_t id;
    std::uint32_t flush_number;
};

/// All that the process knows. Its pages are touched on use only.
struct State {
    int epoll;
    int highest;   // reading end ever used
    long page;
    std::array<char, block_size> block;
    std::array<Stream, most_descriptors> streams;
};

State* state = nullptr;

Stream& stream_at(int from) { return state->streams.at(static_cast<std::size_t>(from)); }

void watch(int operation, int fd, std::uint32_t events, std::uint64_t data) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = data;
    (void)::epoll_ctl(state->epoll, operation, fd, &event);
}

void answer(Stream& stream) {
    if (!stream.flushing) return;
    stream.flushing = false;
    (void)::send(relay_control, &stream.flush_number, sizeof stream.flush_number, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// The outlet first, so that talosd sees the end: closing the pipe may have to wait for its lock.
void end_stream(int from) {
    Stream& stream = stream_at(from);
    stream.used = false;
    watch(EPOLL_CTL_DEL, stream.outlet, 0, 0);
    ::close(stream.outlet);
    answer(stream);
    if (!stream.full) watch(EPOLL_CTL_DEL, from, 0, 0);
    if (stream.writer >= 0) ::close(stream.writer);
    ::close(from);
}

/// How many bytes the outlet takes for certain: by the pages that were written since it was empty, or by what stands in it. Then its pages
/// may be half empty, as two writes of little more than half a page leave them.
int room_of(Stream& stream) {
    int standing = 0;
    if (::ioctl(stream.outlet, FIONREAD, &standing) != 0) return 0;
    if (standing == 0) stream.pages = 0;
    else stream.capacity = ::fcntl(stream.outlet, F_GETPIPE_SZ);   // talosd may have enlarged it
    const long room = stream.capacity - std::min(stream.pages * state->page, 2 * (standing + state->page));
    if (room >= state->page) return static_cast<int>(std::min<long>(room, block_size));
    pollfd entry{stream.outlet, POLLOUT, 0};
    return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLOUT) != 0 ? PIPE_BUF : 0;
}

/// False when nothing reads there any more.
bool pass_on(const Stream& stream, ssize_t count) {
    for (ssize_t done = 0; done < count;) {
        const ssize_t written = ::write(stream.outlet, state->block.data() + done, static_cast<std::size_t>(count - done));
        if (written > 0) {
            done += written;
        } else if (errno == EAGAIN) {   // the kernel had no memory for what it had room for
            pollfd entry{stream.outlet, POLLOUT, 0};
            (void)::poll(&entry, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void pause_stream(int from, Stream& stream) {
    stream.full = true;
    watch(EPOLL_CTL_DEL, from, 0, 0);   // the end of its writers would be told again and again
    watch(EPOLL_CTL_MOD, stream.outlet, EPOLLOUT, of_outlet | static_cast<std::uint64_t>(from));
}

void resume_stream(int from, Stream& stream) {
    stream.full = false;
    watch(EPOLL_CTL_MOD, stream.outlet, 0, of_outlet | static_cast<std::uint64_t>(from));
    watch(EPOLL_CTL_ADD, from, EPOLLIN, static_cast<std::uint64_t>(from));
}

/// Fewer wake-ups for a stream that floods, of all three processes.
void enlarge(int from, Stream& stream) {
    stream.large = true;
    for (const int pipe : {from, stream.outlet})
        if (::fcntl(pipe, F_GETPIPE_SZ) < large_pipe) (void)::fcntl(pipe, F_SETPIPE_SZ, large_pipe);
    stream.capacity = std::max(::fcntl(stream.outlet, F_GETPIPE_SZ), PIPE_BUF);
}

/// Passes on one block; whether there may be more. Copied by read and write, never spliced: otherwise talosd would wait for pages that a
/// worker has put into its pipe by splice(2) or vmsplice(2).
bool move(int from) {
    Stream& stream = stream_at(from);
    const int room = room_of(stream);
    if (room == 0) {
        pause_stream(from, stream);
        return false;
    }
    const ssize_t count = ::read(from, state->block.data(), static_cast<std::size_t>(room));
    if (count < 0 && errno == EINTR) return true;
    if (count < 0 && errno == EAGAIN) {
        answer(stream);
        return false;
    }
    if (count <= 0 || !pass_on(stream, count)) {
        end_stream(from);
        return false;
    }
    stream.pages += static_cast<int>((count + state->page - 1) / state->page);
    stream.standing -= static_cast<int>(std::min<ssize_t>(count, stream.standing));
    if (stream.standing == 0) answer(stream);
    if (count == block_size && !stream.large) enlarge(from, stream);
    return count == room;
}

/// Until the flush is done or has to wait for the outlet.
void flush(int from) {
    Stream& stream = stream_at(from);
    while (stream.used && stream.flushing && !stream.full) (void)move(from);
}

void outlet_changed(int from, std::uint32_t events) {
    Stream& stream = stream_at(from);
    if (!stream.used) return;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return end_stream(from);   // talosd wants no more
    if (!stream.full) return;
    resume_stream(from, stream);
    flush(from);
}

void move_blocks(int from, int blocks) {
    while (blocks-- > 0 && move(from)) {}
}

// --- what talosd sends --------------------------------------------------------------------------------------------

int find(std::uint32_t id) {
    for (int from = 0; from <= state->highest; ++from)
        if (stream_at(from).used && stream_at(from).id == id) return from;
    return -1;
}

void take(std::uint32_t id, const std::array<int, relay_descriptors>& descriptors) {
    const int from = descriptors[0];
    if (from >= most_descriptors) {
        for (const int fd : descriptors) ::close(fd);
        return;
    }
    Stream& stream = stream_at(from);
    stream = {};
    stream.used = true;
    stream.id = id;
    stream.outlet = descriptors[1];
    stream.writer = descriptors[2];
    stream.capacity = std::max(::fcntl(stream.outlet, F_GETPIPE_SZ), PIPE_BUF);
    state->highest = std::max(state->highest, from);
    watch(EPOLL_CTL_ADD, stream.outlet, 0, of_outlet | static_cast<std::uint64_t>(from));
    watch(EPOLL_CTL_ADD, from, EPOLLIN, static_cast<std::uint64_t>(from));
}

void obey(const RelayRequest& request, const std::array<int, relay_descriptors>& descriptors) {
    if (request.kind == RelayRequest::Kind::take) return take(request.stream, descriptors);
    const int from = find(request.stream);
    if (request.kind == RelayRequest::Kind::started) {
        if (from >= 0 && stream_at(from).writer >= 0) ::close(std::exchange(stream_at(from).writer, -1));
        return;
    }
    Stream ended{};
    Stream& stream = from >= 0 ? stream_at(from) : ended;
    stream.flushing = true;
    stream.flush_number = request.number;
    if (from < 0 || ::ioctl(from, FIONREAD, &stream.standing) != 0 || stream.standing == 0) return answer(stream);
    flush(from);
}

void receive() {
    RelayRequest request;
    iovec part{&request, sizeof request};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * relay_descriptors)> space{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    const ssize_t size = ::recvmsg(relay_control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size != static_cast<ssize_t>(sizeof request)) ::_exit(0);   // talosd has ended, or needs no relay any more
    std::array<int, relay_descriptors> descriptors{-1, -1, -1};
    const cmsghdr* head = CMSG_FIRSTHDR(&message);
    const std::size_t bytes = head != nullptr ? head->cmsg_len - CMSG_LEN(0) : 0;
    if (head != nullptr) std::memcpy(descriptors.data(), CMSG_DATA(head), std::min(bytes, sizeof descriptors));
    if (request.kind == RelayRequest::Kind::take &&
        bytes != sizeof descriptors) {   // no descriptors to spare: it is as if the stream had ended
        for (const int fd : descriptors)
            if (fd >= 0) ::close(fd);
        return;
    }
    obey(request, descriptors);
}

[[noreturn]] void loop() {
    std::array<epoll_event, 32> events{};
    for (;;) {
        const int count = ::epoll_wait(state->epoll, events.data(), static_cast<int>(events.size()), -1);
        bool asked = false;
        for (int i = 0; i < count; ++i) {
            const auto& event = events.at(static_cast<std::size_t>(i));
            const int from = static_cast<int>(event.data.u64 & ~of_outlet);
            if (event.data.u64 == of_control) asked = true;
            else if ((event.data.u64 & of_outlet) != 0) outlet_changed(from, event.events);
            else if (stream_at(from).used && !stream_at(from).full) move_blocks(from, count == 1 ? blocks_alone : 1);
        }
        if (asked) receive();   // last: numbers that were closed meanwhile are not used again before
    }
}

}   // namespace

void pass_on_streams() {
    void* memory = ::mmap(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) ::_exit(1);
    state = static_cast<State*>(memory);
    state->page = ::sysconf(_SC_PAGESIZE);
    state->epoll = ::epoll_create1(EPOLL_CLOEXEC);
    if (state->epoll < 0) ::_exit(1);
    watch(EPOLL_CTL_ADD, relay_control, EPOLLIN, of_control);
    loop();
}

}   // namespace talos::logs
