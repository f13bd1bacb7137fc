#include "logs/write/output_pump.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace talos::logs {

namespace {

constexpr std::size_t block_size = 64 * 1024;
constexpr int blocks_alone = 4;
constexpr std::size_t large_pipe = 256 * 1024;

std::array<char, block_size>& block() {
    static std::array<char, block_size> buffer;
    return buffer;
}

const OutputPump* last_served = nullptr;

}   // namespace

OutputPump::OutputPump(const aio::Executor& executor, posix::UniqueFd read_end, Sink sink, Flow flow,
                       std::unique_ptr<RelayedStream> relayed)
    : descriptor_(executor, read_end.release()), sink_(std::move(sink)), flow_(flow), relayed_(std::move(relayed)) {
    if (flow_ == Flow::on) wait();
}

OutputPump::~OutputPump() {
    if (last_served == this) last_served = nullptr;
}

void OutputPump::wait() {
    waiting_ = true;
    if (unwatched_) descriptor_.assign(unwatched_.release());
    descriptor_.async_wait(aio::Descriptor::wait_read,
                           [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
                               if (error || alive.expired()) return;
                               waiting_ = false;
                               serve();
                           });
}

void OutputPump::serve() {
    const auto now = std::chrono::steady_clock::now();
    const auto since_last = now - std::exchange(served_, now);
    const bool alone = std::exchange(last_served, this) == this;
    std::size_t bytes = 0;
    auto read = Block::full;
    for (int left = alone ? blocks_alone : 1; left > 0 && flow_ == Flow::on && read == Block::full; --left) {
        const auto begin = std::chrono::steady_clock::now();
        read = read_block(block_size >> halved_, bytes);
        if (read == Block::end) return close();
        if (adapt(std::chrono::steady_clock::now() - begin)) break;
    }
    if (flow_ == Flow::wait) return;
    if (read == Block::full) wait();   // there is more
    else rest(since_last, bytes);
}

/// Lines of one byte become forty times as much in the log. Whether the time of a turn is used up.
bool OutputPump::adapt(std::chrono::nanoseconds took) {
    constexpr auto long_block = std::chrono::milliseconds{5};
    constexpr auto short_block = std::chrono::milliseconds{1};
    constexpr std::uint8_t most = 4;   // 4 KiB
    if (took > long_block && halved_ < most) ++halved_;
    if (took < short_block && halved_ > 0) --halved_;
    return took > long_block;
}

/// The pipe is empty. Whether to sleep until something comes, or to let some more come together first.
void OutputPump::rest(std::chrono::nanoseconds since_last, std::size_t bytes) {
    constexpr auto soon = std::chrono::milliseconds{1};
    constexpr std::uint8_t often = 16;
    constexpr std::size_t little = 16 * 1024;
    constexpr auto longest = std::chrono::microseconds{500};
    constexpr auto shortest = std::chrono::microseconds{80};   // a timer is not more exact than that
    const bool napped = static_cast<bool>(unwatched_);
    if (bytes == 0 || since_last > soon || (bytes > little && !napped)) busy_ = 0;
    else if (busy_ < often) ++busy_;
    if (busy_ < often || !has_large_pipe()) return wait();
    const auto half_full = since_last * static_cast<std::int64_t>(large_pipe / 2) / static_cast<std::int64_t>(bytes);
    if (half_full < shortest) return wait();
    nap(std::min<std::chrono::nanoseconds>(half_full, longest));
}

bool OutputPump::has_large_pipe() {
    if (pipe_ == Pipe::ordinary) {
        const bool done = ::fcntl(fd(), F_SETPIPE_SZ, static_cast<int>(large_pipe)) >= static_cast<int>(large_pipe);
        pipe_ = done ? Pipe::large : Pipe::refused;
    }
    return pipe_ == Pipe::large;
}

void OutputPump::nap(std::chrono::nanoseconds duration) {
    waiting_ = true;
    if (!unwatched_) unwatched_ = posix::UniqueFd{descriptor_.release()};
    if (!nap_) nap_ = std::make_unique<aio::Timer>(descriptor_.get_executor());
    nap_->expires_after(duration);
    nap_->async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        waiting_ = false;
        if (open()) serve();
    });
}

void OutputPump::resume() {
    flow_ = Flow::on;
    if (!waiting_ && open()) wait();
}

void OutputPump::close() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    unwatched_.reset();
    nap_.reset();
}

OutputPump::Block OutputPump::read_block(std::size_t most, std::size_t& bytes) {
    auto& buffer = block();
    const auto size = std::min(most, buffer.size());
    const ssize_t count = ::read(fd(), buffer.data(), size);
    if (count > 0) {
        bytes += static_cast<std::size_t>(count);
        flow_ = sink_({buffer.data(), static_cast<std::size_t>(count)});
        return static_cast<std::size_t>(count) == size ? Block::full : Block::some;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Block::empty;
    return Block::end;
}

/// What the relay has not passed on yet.
void OutputPump::flush() {
    std::size_t bytes = 0;
    relayed_->relay->flush(relayed_->number, fd(), [&] {
        if (read_block(block_size, bytes) == Block::end) close();
        return open();
    });
}

void OutputPump::drain() {
    if (relayed_ && open()) flush();
    constexpr int most_blocks = 16;   // what an ordinary user's pipe holds at most
    std::size_t bytes = 0;
    for (int left = most_blocks; left > 0 && open(); --left) {
        const auto read = read_block(block_size, bytes);
        if (read == Block::empty) return;
        if (read == Block::end) return close();
    }
    // A larger pipe, or somebody who goes on writing: what stands in it now.
    int standing = 0;
    if (!open() || ::ioctl(fd(), FIONREAD, &standing) != 0) return;
    while (standing > 0 && open()) {
        const auto read = read_block(static_cast<std::size_t>(standing), bytes);
        if (read != Block::full && read != Block::some) return;
        standing -= static_cast<int>(block_size);
    }
}

std::uint64_t OutputPump::pipe() {
    struct stat info {};
    if (relayed_) return open() ? relayed_->pipe : 0;
    return open() && ::fstat(fd(), &info) == 0 ? static_cast<std::uint64_t>(info.st_ino) : 0;
}

}   // namespace talos::logs
