#include "aio/output_pump.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace talos::aio {

namespace {

constexpr std::size_t block_size = 64 * 1024;
constexpr int blocks_alone = 4;

std::array<char, block_size>& block() {
    static std::array<char, block_size> buffer;
    return buffer;
}

const OutputPump* last_served = nullptr;

}  // namespace

OutputPump::OutputPump(const Executor& executor, posix::UniqueFd read_end, Sink sink, Flow flow)
    : descriptor_(executor, read_end.release()), sink_(std::move(sink)), flow_(flow) {
    if (flow_ == Flow::on) wait();
}

OutputPump::~OutputPump() {
    if (last_served == this) last_served = nullptr;
}

void OutputPump::wait() {
    waiting_ = true;
    descriptor_.async_wait(Descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        waiting_ = false;
        serve();
    });
}

void OutputPump::serve() {
    const bool alone = std::exchange(last_served, this) == this;
    for (int left = alone ? blocks_alone : 1; left > 0 && flow_ == Flow::on; --left) {
        const auto read = read_block(block_size);
        if (read == Block::end) return close();
        if (read != Block::full) break;   // most likely there is no more; the wait will tell
    }
    if (flow_ == Flow::on) wait();
}

void OutputPump::resume() {
    flow_ = Flow::on;
    if (!waiting_ && open()) wait();
}

void OutputPump::close() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

OutputPump::Block OutputPump::read_block(std::size_t most) {
    auto& buffer = block();
    const ssize_t count = ::read(descriptor_.native_handle(), buffer.data(), std::min(most, buffer.size()));
    if (count > 0) {
        flow_ = sink_({buffer.data(), static_cast<std::size_t>(count)});
        return static_cast<std::size_t>(count) == buffer.size() ? Block::full : Block::some;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Block::empty;
    return Block::end;
}

void OutputPump::drain() {
    constexpr int most_blocks = 16;   // what an ordinary user's pipe holds at most
    for (int left = most_blocks; left > 0 && open(); --left) {
        const auto read = read_block(block_size);
        if (read == Block::empty) return;
        if (read == Block::end) return close();
    }
    // A larger pipe, or somebody who goes on writing: what stands in it now.
    int standing = 0;
    if (!open() || ::ioctl(descriptor_.native_handle(), FIONREAD, &standing) != 0) return;
    while (standing > 0 && open()) {
        const auto read = read_block(static_cast<std::size_t>(standing));
        if (read != Block::full && read != Block::some) return;
        standing -= static_cast<int>(block_size);
    }
}

}  // namespace talos::aio
