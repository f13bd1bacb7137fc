#include "aio/notify_socket.hpp"
#include "posix/descriptors.hpp"
#include "support/catch.hpp"
#include <algorithm>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

using namespace talos;
using namespace std::chrono_literals;

namespace {

/// A program's side of NOTIFY_SOCKET.
class Sender {
public:
    explicit Sender(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(name.front() == '@');
        std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
        constexpr int large = 1 << 20;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
    }
    /// False when there is no room for it now.
    bool send(const std::string& text, const std::vector<int>& fds = {}) {
        iovec part{const_cast<char*>(text.data()), text.size()};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
        if (!fds.empty()) {
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            cmsghdr* rights = CMSG_FIRSTHDR(&header);
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
            std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
        }
        return ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL) >= 0;
    }

private:
    posix::UniqueFd socket_;
};

struct Listening {
    aio::asio::io_context io{1};
    std::unique_ptr<aio::NotifySocket> socket = std::move(aio::NotifySocket::open(io.get_executor(), "web").value());
    std::vector<std::string> texts;
    std::vector<pid_t> senders;
    int too_long = 0;

    Listening() {
        socket->listen([this](const aio::NotifySender& sender, std::string_view text, bool whole) {
            senders.push_back(sender.pid);
            if (whole) texts.emplace_back(text);
            else ++too_long;
        });
    }
    template <class Condition>
    bool run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) io.run_for(5ms);
        return condition();
    }
};

int open_descriptors() {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("notify socket: messages come whole, in order, with the sender that the kernel names") {
    Listening web;
    CHECK(web.socket->name().starts_with("@talos/web/"));
    Sender sender(web.socket->name());
    CHECK(sender.send("READY=1\nSTATUS=up"));
    CHECK(sender.send(""));
    CHECK(sender.send("STOPPING=1"));
    REQUIRE(web.run_until([&] { return web.texts.size() == 3; }));
    CHECK(web.texts == std::vector<std::string>{"READY=1\nSTATUS=up", "", "STOPPING=1"});
    CHECK(web.senders == std::vector<pid_t>(3, ::getpid()));
}

TEST_CASE("notify socket: descriptors that come along are closed once the message is received") {
    Listening web;
    Sender sender(web.socket->name());
    auto pipe = posix::make_pipe().value();
    const std::vector<int> many(200, pipe.write.get());
    const int before = open_descriptors();
    REQUIRE(sender.send("BARRIER=1", many));
    pipe.write.reset();
    pollfd entry{pipe.read.get(), 0, 0};
    CHECK(::poll(&entry, 1, 0) == 0);   // somebody still has it
    REQUIRE(web.run_until([&] { return web.texts.size() == 1; }));
    CHECK(::poll(&entry, 1, 0) == 1);
    CHECK((entry.revents & POLLHUP) != 0);
    CHECK(open_descriptors() == before - 1);
}

TEST_CASE("notify socket: what is too long is no message, and what follows is heard") {
    Listening web;
    Sender sender(web.socket->name());
    REQUIRE(sender.send(std::string(64 * 1024, 'x')));
    REQUIRE(sender.send("READY=1"));
    REQUIRE(web.run_until([&] { return web.texts.size() == 1; }));
    CHECK(web.too_long == 1);
}

TEST_CASE("notify socket: a flood does not keep the loop from anything else") {
    Listening web;
    Sender sender(web.socket->name());
    std::size_t most = 0;
    std::size_t turns = 0;
    for (; turns < 20; ++turns) {
        while (sender.send("WATCHDOG=1")) {}
        const auto before = web.texts.size();
        (void)web.io.run_one_for(1s);
        most = std::max(most, web.texts.size() - before);
    }
    CHECK(most <= 16);
    CHECK_FALSE(web.texts.empty());
}

TEST_CASE("notify socket: two of one name do not disturb each other, and one that is closed is gone") {
    Listening first;
    auto second = std::make_unique<Listening>();
    CHECK(first.socket->name() != second->socket->name());
    Sender sender(second->socket->name());
    second.reset();
    CHECK_FALSE(sender.send("READY=1"));
    first.io.run_for(1ms);
    CHECK(first.texts.empty());
}
