#include "http/client/client_socket.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace talos::http {

namespace {

constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP};
constexpr Millis send_patience{10'000};

bool is_ignored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

int poll_timeout(std::optional<SteadyTime> deadline) {
    if (!deadline) return -1;
    const auto left = std::chrono::ceil<Millis>(*deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<Millis::rep>(left, 0, INT_MAX));
}

}   // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Result<Descriptor> connect_to(const std::string& path) {
    Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (socket.get() < 0) return last_error("socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    Descriptor folder;
    std::string name = path;
    if (name.size() >= sizeof address.sun_path) {
        const auto slash = name.rfind('/');
        folder = Descriptor{::open(name.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
        if (folder.get() < 0) return last_error("connect to " + path);
        name = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + path.substr(slash + 1);
        if (name.size() >= sizeof address.sun_path) return failure_of(ENAMETOOLONG, "connect to " + path);
    }
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    // A Unix socket connects immediately, or fails with EAGAIN if the listen queue is full.
    for (int tries = 0; ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0; ++tries) {
        if (errno == EAGAIN && tries < 200) {
            ::poll(nullptr, 0, 10);
            continue;
        }
        if (errno != EINTR) return last_error("connect to " + path);
    }
    return socket;
}

Result<> send_all(int fd, std::string_view bytes, const std::string& path) {
    const auto deadline = std::chrono::steady_clock::now() + send_patience;
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno == EINTR) continue;
        // A peer that refuses a request early has written its answer and closed the connection. The answer can still be read.
        if (errno == EPIPE || errno == ECONNRESET) return {};
        if (errno != EAGAIN) return last_error("write to " + path);
        pollfd polled{fd, POLLOUT, 0};
        if (::poll(&polled, 1, poll_timeout(deadline)) == 0) return failure_of(ETIMEDOUT, "write to " + path);
    }
    return {};
}

Interruptible::Interruptible() {
    sigset_t wanted;
    sigset_t before;
    sigemptyset(&wanted);
    for (const int signal : ending_signals)
        if (!is_ignored(signal)) sigaddset(&wanted, signal);   // a blocked signal is queued even when it is ignored
    if (::sigprocmask(SIG_BLOCK, &wanted, &before) != 0) return;
    for (const int signal : ending_signals)
        if (sigismember(&wanted, signal) == 0 || sigismember(&before, signal) == 1) old_mask_ |= 1ul << signal;
    signals_ = Descriptor{::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC)};
}

Interruptible::~Interruptible() {
    sigset_t unblocked;
    sigemptyset(&unblocked);
    for (const int signal : ending_signals)
        if ((old_mask_ & (1ul << signal)) == 0) sigaddset(&unblocked, signal);
    (void)::sigprocmask(SIG_UNBLOCK, &unblocked, nullptr);
}

Interruptible::What Interruptible::sleep(int fd, std::optional<SteadyTime> deadline) {
    for (;;) {
        std::array<pollfd, 2> polled{pollfd{fd, POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
        const int ready = ::poll(polled.data(), polled.size(), poll_timeout(deadline));
        if (ready == 0) return What::time;
        if (ready < 0) continue;
        signalfd_siginfo info{};
        if (polled[1].revents != 0 && ::read(signals_.get(), &info, sizeof info) == sizeof info) {
            signal_ = static_cast<int>(info.ssi_signo);
            return What::interrupted;
        }
        if (polled[0].revents != 0) return What::readable;
    }
}

}   // namespace talos::http
