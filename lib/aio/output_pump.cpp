#include "aio/output_pump.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/ioctl.h>
#include <unistd.h>

namespace talos::aio {

namespace {

std::array<char, 64 * 1024>& block() {
    static std::array<char, 64 * 1024> buffer;
    return buffer;
}

}  // namespace

OutputPump::OutputPump(const Executor& executor, posix::UniqueFd read_end, Sink sink)
    : descriptor_(executor, read_end.release()), sink_(std::move(sink)) {
    wait();
}

void OutputPump::wait() {
    descriptor_.async_wait(Descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        if (read_block(block().size()) == Block::end) {
            boost::system::error_code ignored;
            descriptor_.close(ignored);
            return;
        }
        wait();
    });
}

OutputPump::Block OutputPump::read_block(std::size_t most) {
    auto& buffer = block();
    const ssize_t count = ::read(descriptor_.native_handle(), buffer.data(), std::min(most, buffer.size()));
    if (count > 0) {
        sink_({buffer.data(), static_cast<std::size_t>(count)});
        return Block::read;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Block::empty;
    return Block::end;
}

void OutputPump::drain() {
    int waiting = 0;
    if (!descriptor_.is_open() || ::ioctl(descriptor_.native_handle(), FIONREAD, &waiting) != 0) return;
    while (waiting > 0) {
        const auto before = waiting;
        if (read_block(static_cast<std::size_t>(waiting)) != Block::read) return;
        waiting = std::max(0, before - static_cast<int>(block().size()));
    }
}

}  // namespace talos::aio
