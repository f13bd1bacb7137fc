#include "running_server.hpp"
#include "control/unix_socket.hpp"
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace talos::control::test {

namespace {

unsigned mode_of(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777u : 0;
}

bool answers(const std::string& path) {
    RawClient client(path);
    return client.connected() && client.get("/livez").body == "ok\n";
}

}  // namespace

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
        CHECK(eventually([&] { return mode_of(server.path) == 0666; }));
        CHECK(eventually([&] { return answers(server.path); }));
    }
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
    auto other = ListeningSocket::open(loop.get_executor(), path, 0600);
    REQUIRE(other);
    own->remove();
    CHECK(talos::test::exists(path));
    other->remove();
    CHECK_FALSE(talos::test::exists(path));
}

}  // namespace talos::control::test
