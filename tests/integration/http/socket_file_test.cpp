#include "http/server/unix_socket.hpp"
#include "running_server.hpp"
#include "support/temporary_directory.hpp"
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace talos::http::test {

namespace {

unsigned mode_of(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777u : 0;
}

/// The file of a socket whose process has ended.
void leave_stale(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket, 1) == 0);
    ::close(socket);
}

bool answers(const std::string& path) {
    RawClient client(path);
    return client.connected() && client.get("/livez").body == "ok\n";
}

}   // namespace

TEST_CASE("socket file: has the mode that was asked for, whatever the umask") {
    const auto mode = GENERATE(0600u, 0666u);
    const auto before = ::umask(0077);
    {
        RunningServer server({}, mode);
        CHECK(mode_of(server.path) == mode);
    }
    ::umask(before);
}

TEST_CASE("socket file: is made again when somebody deleted, moved or replaced it") {
    RunningServer server({}, 0666);
    auto client = server.connect();
    CHECK(client.get("/livez").status == 200);
    for (int round = 0; round < 3; ++round) {
        std::filesystem::remove(server.path);
        CHECK(eventually([&] { return answers(server.path); }));
        CHECK(mode_of(server.path) == 0666);
    }
    std::filesystem::rename(server.path, server.path + ".away");
    CHECK(eventually([&] { return answers(server.path); }));
    {
        asio::io_context loop;
        const auto other = ListeningSocket::open(loop.get_executor(), server.directory / "other", 0600);
        REQUIRE(other);
        std::filesystem::rename(server.directory / "other", server.path);
        CHECK(mode_of(server.path) == 0600);   // a process listens there
    }
    CHECK(eventually([&] { return mode_of(server.path) == 0666; }));
    CHECK(eventually([&] { return answers(server.path); }));
    CHECK(client.get("/livez").status == 200);   // who was connected stays connected
}

TEST_CASE("socket file: what is no socket keeps the name until it goes") {
    RunningServer server;
    talos::test::write_text(server.directory / "letter", "precious");
    std::filesystem::rename(server.directory / "letter", server.path);
    (void)server.connections();   // a turn of its loop
    CHECK(talos::test::read_text(server.path) == "precious");
    std::filesystem::remove(server.path);
    CHECK(eventually([&] { return answers(server.path); }));
}

TEST_CASE("socket file: a socket on which a process listens keeps its name, and the one that comes is told which process it is") {
    RunningServer first;
    asio::io_context loop;
    const auto second = ListeningSocket::open(loop.get_executor(), first.path, 0600);
    REQUIRE_FALSE(second);
    CHECK(contains(second.error().message(),
                   first.path + " is in the way: it is the socket of process " + std::to_string(::getpid()) + " (uid "));
    CHECK(answers(first.path));
}

TEST_CASE("socket file: of many that come at once for a stale name one gets it") {
    const talos::test::TemporaryDirectory directory;
    asio::io_context loop;
    const auto path = directory / "control.sock";
    for (int round = 0; round < 50; ++round) {
        leave_stale(path);
        std::atomic<bool> go{false};
        std::vector<std::optional<Result<ListeningSocket>>> opened(4);
        std::vector<std::thread> threads;
        for (auto& one : opened) {
            threads.emplace_back([&] {
                while (!go) {}
                one.emplace(ListeningSocket::open(loop.get_executor(), path, 0600));
            });
        }
        go = true;
        for (auto& thread : threads) thread.join();
        int named = 0;
        int listening = 0;
        for (auto& one : opened) {
            listening += one->has_value() ? 1 : 0;
            named += one->has_value() && (**one).has_its_name() ? 1 : 0;
        }
        CHECK(listening == named);
        CHECK(named == 1);
        for (auto& one : opened)
            if (one->has_value()) (**one).remove();
        CHECK(std::filesystem::is_empty(directory.path()));
    }
}

TEST_CASE("socket file: what others plant at its path is neither followed, nor removed, nor changed") {
    const talos::test::TemporaryDirectory directory;
    asio::io_context loop;
    const auto path = directory / "control.sock";
    const auto victim = directory / "victim";
    talos::test::write_text(victim, "precious");
    REQUIRE(::chmod(victim.c_str(), 0600) == 0);
    const auto refused_as = [&](const std::string& what) {
        const auto opened = ListeningSocket::open(loop.get_executor(), path, 0666);
        REQUIRE_FALSE(opened);
        CHECK(contains(opened.error().message(), path + " is in the way: it is " + what));
        struct stat info {};
        CHECK(::lstat(path.c_str(), &info) == 0);
        std::filesystem::remove(path);
    };
    std::filesystem::create_symlink(victim, path);
    refused_as("a symbolic link");
    std::filesystem::create_symlink(directory / "missing", path);
    refused_as("a symbolic link");
    CHECK_FALSE(talos::test::exists(directory / "missing"));
    REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
    refused_as("a FIFO");
    talos::test::write_text(path, "precious");
    refused_as("a regular file");
    std::filesystem::create_directory(path);
    refused_as("a directory");
    if (::geteuid() == 0) {
        leave_stale(path);
        REQUIRE(::lchown(path.c_str(), 65534, 65534) == 0);
        refused_as("a socket of uid 65534");
    }
    CHECK(talos::test::read_text(victim) == "precious");
    CHECK(mode_of(victim) == 0600);
    leave_stale(path);
    CHECK(ListeningSocket::open(loop.get_executor(), path, 0666));
}

TEST_CASE("socket file: a stale socket is replaced, anything else is not") {
    RunningServer first;
    asio::io_context loop;
    const auto path = first.directory / "letter";
    talos::test::write_text(path, "precious");
    const auto refused = ListeningSocket::open(loop.get_executor(), path, 0600);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find(path) != std::string::npos);
    CHECK(talos::test::read_text(path) == "precious");

    const auto missing = ListeningSocket::open(loop.get_executor(), first.directory / "no/such/place", 0600);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().errno_value() == ENOENT);
}

TEST_CASE("socket file: a link or another user's socket is neither replaced nor followed") {
    const talos::test::TemporaryDirectory directory;
    asio::io_context loop;
    const auto path = directory / "control.sock";
    talos::test::write_text(directory / "victim", "precious");
    REQUIRE(::chmod((directory / "victim").c_str(), 0600) == 0);
    std::filesystem::create_symlink(directory / "victim", path);
    CHECK_FALSE(ListeningSocket::open(loop.get_executor(), path, 0666).has_value());
    CHECK(std::filesystem::is_symlink(path));
    CHECK(mode_of(directory / "victim") == 0600);
    if (::geteuid() != 0) {
        WARN("only root can make another user's socket");
        return;
    }
    std::filesystem::remove(path);
    REQUIRE(::mknod(path.c_str(), S_IFSOCK | 0600, 0) == 0);
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    const auto refused = ListeningSocket::open(loop.get_executor(), path, 0600);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message().find(path + " is in the way: it is a socket of uid 65534") == 0);
    CHECK(std::filesystem::is_socket(path));
}

TEST_CASE("socket file: its path may be longer than an address") {
    RunningServer server;
    asio::io_context loop;
    std::string folder = server.directory.path();
    for (int depth = 0; depth < 5; ++depth) folder += "/" + std::string(40, 'd');
    std::filesystem::create_directories(folder);
    const auto path = folder + "/control.sock";
    auto listening = ListeningSocket::open(loop.get_executor(), path, 0600);
    REQUIRE(listening);
    CHECK(mode_of(path) == 0600);
    CHECK(listening->has_its_name());
    CHECK(FileWatch::open(loop.get_executor(), path));
    listening->remove();
    CHECK_FALSE(talos::test::exists(path));
}

TEST_CASE("socket file: is removed at the end, unless it is another's by then") {
    RunningServer server;
    asio::io_context loop;
    const auto path = server.directory / "own";
    auto own = ListeningSocket::open(loop.get_executor(), path, 0600);
    REQUIRE(own);
    std::filesystem::rename(path, server.directory / "moved");
    auto other = ListeningSocket::open(loop.get_executor(), path, 0600);
    REQUIRE(other);
    own->remove();
    CHECK(talos::test::exists(path));
    other->remove();
    CHECK_FALSE(talos::test::exists(path));
}

TEST_CASE("control socket: descriptors are refused where the kernel can, before and after the connection is accepted") {
    RunningServer server;
    const int peer = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, server.path.c_str(), server.path.size() + 1);
    REQUIRE(::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    char byte = 'G';
    iovec part{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &peer, sizeof peer);
    const bool sent = ::sendmsg(peer, &header, MSG_NOSIGNAL) >= 0;
    const int error = errno;
    ::close(peer);
    if (sent) WARN("skipped: this kernel cannot refuse descriptors (Linux before 6.16)");
    else CHECK(error == EPERM);
    CHECK(eventually([&] { return server.connections() == 0; }));
}

}   // namespace talos::http::test
