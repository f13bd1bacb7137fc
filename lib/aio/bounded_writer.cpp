#include "aio/bounded_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::aio {

namespace {

constexpr std::size_t queue_limit = 256 * 1024;

int reopen(int fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_APPEND);
}

}   // namespace

BoundedWriter::BoundedWriter(const Executor& executor, int fd) : fd_(fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        kind_ = Kind::broken;
        return;
    }
    int own = -1;
    if (S_ISSOCK(status.st_mode)) {
        own = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (own >= 0) kind_ = Kind::socket;
    } else if (S_ISFIFO(status.st_mode) || ::isatty(fd) == 1) {
        own = reopen(fd);
        if (own >= 0) kind_ = Kind::reopened;
    }
    if (own < 0) return;
    descriptor_.emplace(executor);
    boost::system::error_code error;
    descriptor_->assign(own, error);
    if (error) {
        ::close(own);
        descriptor_.reset();
        kind_ = Kind::direct;
    }
}

ssize_t BoundedWriter::put(std::string_view bytes) {
    switch (kind_) {
    case Kind::reopened: return ::write(descriptor_->native_handle(), bytes.data(), bytes.size());
    case Kind::socket: return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    case Kind::direct: return ::write(fd_, bytes.data(), bytes.size());
    case Kind::broken: break;
    }
    errno = EPIPE;
    return -1;
}

void BoundedWriter::write(std::string_view lines) {
    if (kind_ == Kind::broken || lines.empty()) return;
    if (queue_.size() + lines.size() > queue_limit) {
        lost_lines_ += static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
        return;
    }
    if (lost_lines_ > 0) {
        queue_ += "talos: " + std::to_string(lost_lines_) + " lines were not shown, the terminal did not take them\n";
        lost_lines_ = 0;
    }
    queue_.append(lines);
    if (!waiting_) flush();
}

void BoundedWriter::flush() {
    std::size_t done = 0;
    while (done < queue_.size()) {
        const ssize_t count = put(std::string_view(queue_).substr(done));
        if (count > 0) {
            done += static_cast<std::size_t>(count);
            continue;
        }
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN && descriptor_) {
            queue_.erase(0, done);
            wait();
            return;
        }
        // stdout is a file on a full disk: these lines are lost, but later ones may fit.
        if (count < 0 && errno == ENOSPC) break;
        kind_ = Kind::broken;
        descriptor_.reset();
        break;
    }
    queue_.clear();
}

void BoundedWriter::wait() {
    waiting_ = true;
    descriptor_->async_wait(Descriptor::wait_write,
                            [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
                                if (error || alive.expired()) return;
                                waiting_ = false;
                                flush();
                            });
}

void BoundedWriter::finish(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!queue_.empty() && descriptor_) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd entry{descriptor_->native_handle(), POLLOUT, 0};
        if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) return;
        const ssize_t count = put(queue_);
        if (count < 0 && errno != EAGAIN && errno != EINTR) return;
        if (count > 0) queue_.erase(0, static_cast<std::size_t>(count));
    }
}

}   // namespace talos::aio
