#pragma once
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace talos::test {

/// A connection accepted by SocketServer. Writes are sent at once.
class Peer {
public:
    explicit Peer(int fd) : fd_(fd) {}
    void write(const std::string& bytes) const {
        std::size_t done = 0;
        while (done < bytes.size()) {
            const auto sent = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
            if (sent <= 0) return;   // the client has closed the connection
            done += static_cast<std::size_t>(sent);
        }
    }
    /// Waits until the client has closed its side.
    void await_close() const {
        char byte;
        while (::recv(fd_, &byte, 1, 0) > 0) {}
    }
    [[nodiscard]] bool closed() const {
        char byte;
        return ::recv(fd_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
    }

private:
    int fd_;
};

/// A server on a Unix socket in its own thread, for prepared answers: serves one connection at a time and one request on each.
class SocketServer {
public:
    /// `request` is the complete head. The connection is closed when the function returns.
    using Answer = std::function<void(const std::string& request, const Peer& peer)>;

    SocketServer(const std::string& path, Answer answer) : path_(path), answer_(std::move(answer)) {
        listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::string name = path;
        int folder = -1;
        if (name.size() >= sizeof address.sun_path) {
            const auto slash = path.rfind('/');
            folder = ::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
            name = "/proc/self/fd/" + std::to_string(folder) + path.substr(slash);
        }
        std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
        const bool bound = ::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        if (folder >= 0) ::close(folder);
        if (!bound || ::listen(listening_, 64) != 0) throw std::runtime_error("listen on " + path);
        thread_ = std::thread([this] { run(); });
    }
    SocketServer(const SocketServer&) = delete;
    SocketServer& operator=(const SocketServer&) = delete;
    ~SocketServer() {
        ::shutdown(listening_, SHUT_RDWR);
        thread_.join();
        ::close(listening_);
        ::unlink(path_.c_str());
    }

    /// The complete heads of the requests so far.
    [[nodiscard]] std::vector<std::string> heads() const {
        const std::lock_guard lock(mutex_);
        return heads_;
    }
    /// Their first lines, e.g. `GET /livez`.
    [[nodiscard]] std::vector<std::string> requests() const {
        auto lines = heads();
        for (auto& line : lines) line.erase(line.find(" HTTP/1.1\r\n"));
        return lines;
    }

private:
    void run() {
        for (;;) {
            const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0 && errno == EINTR) continue;
            if (fd < 0) return;
            const auto request = read_head(fd);
            if (!request.empty()) {
                {
                    const std::lock_guard lock(mutex_);
                    heads_.push_back(request);
                }
                answer_(request, Peer{fd});
            }
            ::close(fd);
        }
    }

    static std::string read_head(int fd) {
        std::string head;
        char block[4096];
        while (head.find("\r\n\r\n") == std::string::npos) {
            const auto got = ::recv(fd, block, sizeof block, 0);
            if (got <= 0) return {};   // a connection test without a request
            head.append(block, static_cast<std::size_t>(got));
        }
        return head;
    }

    std::string path_;
    Answer answer_;
    int listening_ = -1;
    mutable std::mutex mutex_;
    std::vector<std::string> heads_;
    std::thread thread_;
};

/// A complete answer with Content-Length.
inline std::string http_answer(int status, const std::string& type, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) + " Words\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline std::string chunked_head(const std::string& type) {
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n";
}

inline std::string chunk(const std::string& bytes) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
}

}   // namespace talos::test
