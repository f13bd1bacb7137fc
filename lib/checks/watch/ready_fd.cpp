#include "checks/watch/ready_fd.hpp"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace talos::checks {

Result<> ReadyFd::equip(posix::SpawnRequest& request) {
    auto pipe = services_.child_pipe(request);
    if (!pipe) return pipe.error();
    pipe_.assign(pipe->read.release());
    theirs_ = std::move(pipe->write);
    request.extra_fd = theirs_.get();
    return {};
}

void ReadyFd::begin() {
    theirs_.reset();
    wait();
}

void ReadyFd::settle() {
    boost::system::error_code ignored;
    if (pipe_.is_open()) pipe_.close(ignored);
}

void ReadyFd::wait() {
    pipe_.async_wait(aio::Descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired() && pipe_.is_open()) look();
    });
}

void ReadyFd::look() {
    std::array<char, 512> bytes;
    const ssize_t count = ::read(pipe_.native_handle(), bytes.data(), bytes.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return wait();
    if (count <= 0) {
        settle();
        return callbacks_.say(turn::Level::warning, "it closed descriptor 3 without a newline: it will not become ready");
    }
    if (std::string_view(bytes.data(), static_cast<std::size_t>(count)).find('\n') == std::string_view::npos) return wait();
    callbacks_.ready("a newline on descriptor 3");
}

}   // namespace talos::checks
