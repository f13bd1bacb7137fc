#include "running_server.hpp"
#include "support/lingering.hpp"
#include <array>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace talos::http::test {

namespace {

/// As before Linux 6.16: the kernel does not refuse descriptors for the server.
void let_descriptors_in() {
#ifdef SO_PASSRIGHTS
    constexpr int pass_rights = SO_PASSRIGHTS;
#else
    constexpr int pass_rights = 83;
#endif
    constexpr int on = 1;
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    for (int fd = 3; fd < 1024 && static_cast<rlim_t>(fd) < limit.rlim_cur; ++fd) {
        int listens = 0;
        int domain = 0;
        socklen_t size = sizeof listens;
        if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) continue;
        if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX) continue;
        (void)::setsockopt(fd, SOL_SOCKET, pass_rights, &on, sizeof on);
    }
}

bool send_with(const RawClient& client, const std::string& text, const std::vector<int>& fds, int flags = 0) {
    iovec part{const_cast<char*>(text.data()), text.size()};
    std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
    return client.send_message(message, flags);
}

/// One whose close waits, and of which the server has the last: on the loop, so that it does not drop it before we have.
void send_lingering(const RawClient& client, const std::string& text, talos::test::Lingering& lingering, int flags = 0) {
    REQUIRE(send_with(client, text, {lingering.fd()}, flags));
    lingering.forget();
}

/// Closes what it was sent in a child.
bool had_a_child(RunningServer& server) {
    return server.with_service([](FakeService& service) { return !service.children.empty(); });
}

}   // namespace

TEST_CASE("descriptors: a connection that sends one ends, and one whose close waits does not stop the server") {
    const int flags = GENERATE(0, MSG_OOB);
    RunningServer server;
    let_descriptors_in();
    talos::test::Lingering lingering;
    auto client = server.connect();
    REQUIRE(client.send("GET /livez HTTP/1.1\r\n"));
    server.with_service([&](FakeService&) { send_lingering(client, "X", lingering, flags); });
    auto other = server.connect();
    CHECK(other.get("/livez").status == 200);
    CHECK(client.rest().empty());
    CHECK(eventually([&] { return had_a_child(server); }));
    CHECK(other.get("/livez").status == 200);
}

TEST_CASE("descriptors: nor do those that are unread when a connection ends") {
    RunningServer server;
    let_descriptors_in();
    talos::test::Lingering lingering;
    auto client = server.connect();
    client.ask("GET /v1/events?follow");
    (void)client.read_head();
    constexpr std::size_t more_than_is_read = 65u << 10;
    REQUIRE(client.send(std::string(more_than_is_read, 'X')));
    server.with_service([&](FakeService&) { send_lingering(client, "X", lingering); });
    client.close();
    CHECK(eventually([&] { return server.connections() == 0; }));
    CHECK(had_a_child(server));
    auto other = server.connect();
    CHECK(other.get("/livez").status == 200);
}

TEST_CASE("descriptors: nor those of a connection that is turned away") {
    Limits limits;
    limits.connections = 1;
    RunningServer server(limits);
    let_descriptors_in();
    talos::test::Lingering lingering;
    auto follower = server.connect();
    follower.ask("GET /v1/events?follow");
    (void)follower.read_head();
    (void)follower.chunk();
    std::optional<RawClient> late;
    server.with_service([&](FakeService&) {   // the loop stands still
        late.emplace(server.connect());
        send_lingering(*late, "X", lingering);
    });
    CHECK(late->rest().starts_with("HTTP/1.1 503 "));
    server.with_service([](FakeService& service) { service.event("web"); });
    CHECK(contains(follower.chunk(), "id: 1\n"));
    CHECK(had_a_child(server));
}

TEST_CASE("descriptors: nor those of connections that the end of the server finds") {
    RunningServer server;
    let_descriptors_in();
    talos::test::Lingering first;
    talos::test::Lingering second;
    auto accepted = server.connect();
    REQUIRE(accepted.get("/livez").status == 200);
    std::optional<RawClient> waiting;
    bool child = false;
    server.on_loop([&](FakeService& service, Server& its) {
        send_lingering(accepted, "X", first);
        waiting.emplace(server.connect());
        send_lingering(*waiting, "X", second);
        its.abort();
        child = !service.children.empty();
    });
    CHECK(child);
    CHECK(accepted.rest().empty());
    CHECK(waiting->rest().empty());
}

TEST_CASE("descriptors: none stays, however many there are") {
    RunningServer server;
    let_descriptors_in();
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    for (int round = 0; round < 100; ++round) {
        const auto client = server.connect();
        // an ordinary user may have only so many descriptors on the way at a time
        REQUIRE(eventually(
            [&] { return send_with(client, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", std::vector<int>(250, pipe[1])); }));
    }
    ::close(pipe[1]);
    // The pipe has no other writer any more: its end is reached.
    char byte = 0;
    CHECK(::read(pipe[0], &byte, 1) == 0);
    ::close(pipe[0]);
    CHECK(eventually([&] { return server.connections() == 0; }));
    auto other = server.connect();
    CHECK(other.get("/livez").status == 200);
}

}   // namespace talos::http::test
