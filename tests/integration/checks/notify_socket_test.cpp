#include "checks/notify/notify_socket.hpp"
#include "posix/files/file.hpp"
#include "posix/processes/descriptors.hpp"
#include "support/catch.hpp"
#include "support/lingering.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace talos;
using namespace std::chrono_literals;

namespace {

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

/// A program's side of NOTIFY_SOCKET.
class Sender {
public:
    explicit Sender(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        const auto address = address_of(name);
        REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
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

/// Reaps the socket's children when they have ended.
class Children {
public:
    void add(pid_t child, std::function<void()> ended) { living_.emplace_back(child, std::move(ended)); }
    void reap() {
        for (auto child = living_.begin(); child != living_.end();) {
            if (::waitpid(child->first, nullptr, WNOHANG) != child->first) {
                ++child;
                continue;
            }
            const auto ended = std::move(child->second);
            child = living_.erase(child);
            if (ended) ended();
        }
    }
    [[nodiscard]] bool none() const { return living_.empty(); }

private:
    std::vector<std::pair<pid_t, std::function<void()>>> living_;
};

struct Listening {
    test::TemporaryDirectory dir;
    Children children;
    aio::asio::io_context io{1};
    std::unique_ptr<checks::NotifySocket> socket =
        std::move(checks::NotifySocket::open(io.get_executor(), place(), adder()).value());
    std::vector<std::string> texts;
    std::vector<pid_t> senders;
    int too_long = 0;

    Listening() {
        socket->listen([this](const checks::NotifySender& sender, std::string_view text, bool whole) {
            senders.push_back(sender.pid);
            if (whole) texts.emplace_back(text);
            else ++too_long;
        });
    }
    ~Listening() {
        socket.reset();
        CHECK(run_until([&] { return children.none(); }));
    }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

    [[nodiscard]] checks::NotifyAddress place() const {
        auto directory = posix::open_file(dir.path(), O_RDONLY | O_DIRECTORY).value();
        return {std::make_shared<const posix::UniqueFd>(std::move(directory)), dir.path(), "web", {}};
    }
    [[nodiscard]] checks::NotifySocket::Children adder() {
        return [this](pid_t child, std::function<void()> ended) { children.add(child, std::move(ended)); };
    }
    template <class Condition>
    bool run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            io.restart();   // it stops while only a child is waited for
            io.run_for(5ms);
            children.reap();
        }
        return condition();
    }
};

int open_descriptors() {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
}

int pidfds() {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code closed;   // the directory's own
        if (std::filesystem::read_symlink(entry.path(), closed).string().find("pidfd") != std::string::npos) ++count;
    }
    return count;
}

}   // namespace

TEST_CASE("notify socket: messages come whole, in order, with the sender that the kernel names") {
    Listening web;
    CHECK(web.socket->path() == web.dir.path() + "/web");
    Sender sender(web.socket->path());
    CHECK(sender.send("READY=1\nSTATUS=up"));
    CHECK(sender.send(""));
    CHECK(sender.send("STOPPING=1"));
    REQUIRE(web.run_until([&] { return web.texts.size() == 3; }));
    CHECK(web.texts == std::vector<std::string>{"READY=1\nSTATUS=up", "", "STOPPING=1"});
    CHECK(web.senders == std::vector<pid_t>(3, ::getpid()));
}

TEST_CASE("notify socket: descriptors that come along are closed once the message is received") {
    Listening web;
    Sender sender(web.socket->path());
    auto pipe = posix::make_pipe().value();
    const std::vector<int> many(200, pipe.write.get());
    const int before = open_descriptors();
    REQUIRE(sender.send("BARRIER=1", many));
    pipe.write.reset();
    pollfd entry{pipe.read.get(), 0, 0};
    CHECK(::poll(&entry, 1, 0) == 0);   // somebody still has it
    REQUIRE(web.run_until([&] { return web.texts.size() == 1; }));
    CHECK(web.run_until([&] { return ::poll(&entry, 1, 0) == 1; }));
    CHECK((entry.revents & POLLHUP) != 0);
    CHECK(open_descriptors() == before - 1);
    REQUIRE(sender.send("READY=1"));
    CHECK(web.run_until([&] { return web.texts.size() == 2; }));
}

namespace {

constexpr auto far_less_than_a_minute = 20s;

}   // namespace

TEST_CASE("notify socket: a descriptor whose close waits for its peer does not stop the receiver") {
    Listening web;
    Sender sender(web.socket->path());
    test::Lingering lingering;
    REQUIRE(sender.send("STATUS=one", {lingering.fd()}));
    lingering.forget();
    REQUIRE(sender.send("READY=1"));
    const auto begin = std::chrono::steady_clock::now();
    CHECK(web.run_until([&] { return web.texts.size() >= 2 && web.texts.back() == "READY=1"; }));
    CHECK(std::chrono::steady_clock::now() - begin < far_less_than_a_minute);
}

TEST_CASE("notify socket: the child that closes descriptors is held by a descriptor of its own, so that its number can mean no "
          "other process") {
    Listening web;
    Sender sender(web.socket->path());
    test::Lingering lingering;
    REQUIRE(sender.send("STATUS=one", {lingering.fd()}));
    lingering.forget();
    CHECK(pidfds() == 0);
    CHECK(web.run_until([&] { return web.texts.size() == 1; }));
    CHECK(pidfds() == 1);
    CHECK(web.run_until([&] { return web.children.none(); }));
    CHECK(pidfds() == 0);
}

TEST_CASE("notify socket: nor does one in a message that is never read, when the socket is closed") {
    auto web = std::make_unique<Listening>();
    Sender sender(web->socket->path());
    test::Lingering lingering;
    REQUIRE(sender.send("STATUS=one", {lingering.fd()}));
    lingering.forget();
    const auto begin = std::chrono::steady_clock::now();
    web->socket.reset();
    CHECK(std::chrono::steady_clock::now() - begin < far_less_than_a_minute);
}

TEST_CASE("notify socket: a flood of descriptors leaves none here, and other messages come through") {
    Listening web;
    Sender sender(web.socket->path());
    const auto file = posix::open_file("/dev/null", O_RDONLY).value();
    const std::vector<int> many(253, file.get());
    const int before = open_descriptors();
    int sent = 0;
    REQUIRE(web.run_until([&] {
        while (sent < 20 && sender.send("X=1", many)) ++sent;
        return sent == 20 && web.texts.size() >= 20;
    }));
    CHECK(web.run_until([&] { return web.children.none(); }));   // each is held by a descriptor
    CHECK(open_descriptors() == before);
    REQUIRE(sender.send("READY=1"));
    CHECK(web.run_until([&] { return web.texts.back() == "READY=1"; }));
}

TEST_CASE("notify socket: the file is its user's alone, replaces what a killed process left, and goes with the socket") {
    Listening web;
    struct stat info {};
    REQUIRE(::stat(web.socket->path().c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
    const auto path = web.socket->path();
    web.socket.reset();
    CHECK(::stat(path.c_str(), &info) != 0);
    posix::UniqueFd stale(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto address = address_of(path);
    REQUIRE(::bind(stale.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    web.socket = std::move(checks::NotifySocket::open(web.io.get_executor(), web.place(), web.adder()).value());
    CHECK(web.socket->path() == path);
    auto too_long = web.place();
    too_long.name = std::string(108 - path.size() + 3, 'x');
    const auto refused = checks::NotifySocket::open(web.io.get_executor(), too_long, web.adder());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().errno_value() == ENAMETOOLONG);
}

TEST_CASE("notify socket: root gives the file to one user, and further ones access", "[root]") {
    if (::geteuid() != 0) TALOS_SKIP("only root can make a socket for other users");
    Listening web;
    REQUIRE(::chmod(web.dir.path().c_str(), 0711) == 0);
    web.socket.reset();
    auto place = web.place();
    place.users = {65534, 33};
    web.socket = std::move(checks::NotifySocket::open(web.io.get_executor(), place, web.adder()).value());
    const auto address = address_of(web.socket->path());
    /// 0, or errno of the attempt to connect as that user.
    const auto connect_as = [&](uid_t uid) {
        const pid_t child = ::fork();
        if (child == 0) {
            const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
            if (::setgid(uid) != 0 || ::setuid(uid) != 0) ::_exit(125);
            ::_exit(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        return WEXITSTATUS(status);
    };
    CHECK(connect_as(65534) == 0);
    CHECK(connect_as(33) == 0);
    CHECK(connect_as(0) == 0);
    CHECK(connect_as(1) == EACCES);
}

TEST_CASE("notify socket: what is too long is no message, and what follows is heard") {
    Listening web;
    Sender sender(web.socket->path());
    REQUIRE(sender.send(std::string(64 * 1024, 'x')));
    REQUIRE(sender.send("READY=1"));
    REQUIRE(web.run_until([&] { return web.texts.size() == 1; }));
    CHECK(web.too_long == 1);
}

TEST_CASE("notify socket: a flood does not keep the loop from anything else") {
    Listening web;
    Sender sender(web.socket->path());
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

TEST_CASE("notify socket: one that is closed is gone") {
    auto web = std::make_unique<Listening>();
    Sender sender(web->socket->path());
    web.reset();
    CHECK_FALSE(sender.send("READY=1"));
}
