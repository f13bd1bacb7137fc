#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// System calls of the client: a socket by its path, however long, and waiting for the socket or a signal.
namespace talos::http {

class Descriptor {
public:
    Descriptor() noexcept = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

/// A connected stream socket, non-blocking. A path that is too long for an address (107 bytes) is reached through a descriptor of
/// its directory.
[[nodiscard]] Result<Descriptor> connect_to(const std::string& path);

/// Writes all of `text`; waits at most 10 s for a peer that does not read.
[[nodiscard]] Result<> send_all(int fd, std::string_view bytes, const std::string& path);

/// While it exists, SIGINT, SIGTERM and SIGHUP wake a wait instead of ending the process. Ignored signals stay ignored.
class Interruptible {
public:
    Interruptible();
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;
    ~Interruptible();

    enum class What { readable, time, interrupted };
    [[nodiscard]] What sleep(int fd, std::optional<SteadyTime> deadline);
    [[nodiscard]] int signal() const { return signal_; }

private:
    unsigned long old_mask_ = 0;   // of these three, by number: the signals that were blocked before
    Descriptor signals_;
    int signal_ = 0;
};

}   // namespace talos::http
