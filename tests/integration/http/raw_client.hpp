#pragma once
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace talos::http::test {

struct Reply {
    int status = 0;
    std::string head;
    std::string body;
};

/// A peer that says exactly what it is told to. Reads end after 20 s at the latest, and the test with them.
class RawClient {
public:
    explicit RawClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        const timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            error_ = errno;
            close();
        }
    }
    RawClient(RawClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() { close(); }

    [[nodiscard]] bool connected() const { return socket_ >= 0; }
    [[nodiscard]] int error() const { return error_; }
    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    void shutdown_send() const { ::shutdown(socket_, SHUT_WR); }

    /// False when the other side is gone.
    bool send(std::string_view text) const {
        while (!text.empty()) {
            const auto count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    bool send_message(const msghdr& message, int flags = 0) const {
        return ::sendmsg(socket_, &message, MSG_NOSIGNAL | flags) >= 0;
    }
    bool ask(const std::string& line, const std::string& headers = "") const {
        return send(line + " HTTP/1.1\r\nHost: talos\r\n" + headers + "\r\n");
    }

    /// More bytes of the peer, at most `most`; false at its end.
    bool receive(std::size_t most = 65536) {
        std::string block(most, '\0');
        const auto count = ::recv(socket_, block.data(), block.size(), 0);
        if (count <= 0) {
            timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
            return false;
        }
        input_.append(block, 0, static_cast<std::size_t>(count));
        return true;
    }
    [[nodiscard]] bool timed_out() const { return timed_out_; }
    /// Everything until the peer closes; throws when it does not.
    std::string rest() {
        while (receive()) {}
        if (timed_out_) throw std::runtime_error("the server did not close; so far: " + input_);
        return std::exchange(input_, {});
    }
    /// Everything up to and with `text`, which is expected to come.
    std::string until(std::string_view text) {
        std::size_t from = 0;
        for (;;) {
            const auto at = input_.find(text, from);
            if (at != std::string::npos) return take(at + text.size());
            from = input_.size() < text.size() ? 0 : input_.size() - text.size();
            if (!receive()) throw std::runtime_error("no \"" + std::string(text) + "\" came, but: " + input_);
        }
    }
    std::string take(std::size_t bytes) {
        while (input_.size() < bytes)
            if (!receive()) throw std::runtime_error("the peer closed too early, after: " + input_);
        auto text = input_.substr(0, bytes);
        input_.erase(0, bytes);
        return text;
    }

    Reply read_head() {
        Reply reply;
        reply.head = until("\r\n\r\n");
        if (reply.head.starts_with("HTTP/1.1 ")) reply.status = std::atoi(reply.head.c_str() + 9);
        return reply;
    }
    Reply reply(bool of_head = false) {
        auto reply = read_head();
        if (of_head) return reply;
        constexpr std::string_view length = "Content-Length: ";
        if (const auto at = reply.head.find(length); at != std::string::npos) {
            reply.body = take(static_cast<std::size_t>(std::atoll(reply.head.c_str() + at + length.size())));
        } else if (reply.head.find("Transfer-Encoding: chunked") != std::string::npos) {
            for (auto chunk = this->chunk(); !chunk.empty(); chunk = this->chunk()) reply.body += chunk;
        } else {
            reply.body = rest();
        }
        return reply;
    }
    /// Of a stream; empty at its end.
    std::string chunk() {
        const auto size = static_cast<std::size_t>(std::strtoull(until("\r\n").c_str(), nullptr, 16));
        auto bytes = take(size + 2);
        bytes.resize(size);
        return bytes;
    }
    Reply get(const std::string& target) {
        ask("GET " + target);
        return reply();
    }
    Reply post(const std::string& target) {
        ask("POST " + target, "Content-Length: 0\r\n");
        return reply();
    }

private:
    int socket_;
    int error_ = 0;
    bool timed_out_ = false;
    std::string input_;
};

}   // namespace talos::http::test
