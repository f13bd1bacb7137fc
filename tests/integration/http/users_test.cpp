#include "running_server.hpp"
#include "support/skip.hpp"
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace talos::http::test {

namespace {

using worker::State;

constexpr uid_t stranger = 65534;

/// A connection of another user: the kernel takes down the credentials of the thread that connects.
RawClient connect_as(uid_t user, const std::string& path) {
    REQUIRE(::syscall(SYS_setresuid, -1, user, -1) == 0);
    RawClient client(path);
    REQUIRE(::syscall(SYS_setresuid, -1, 0, -1) == 0);
    REQUIRE(client.connected());
    return client;
}

void let_in(RunningServer& server) {
    REQUIRE(::chmod(server.directory.path().c_str(), 0711) == 0);
    config::AccessRule rule;
    rule.user = std::to_string(stranger);
    rule.may = config::AccessRule::May::read;
    rule.workers = "*";
    const auto access = Access::resolve({rule});
    REQUIRE(access);
    server.on_loop([&](FakeService&, Server& its) { its.set_access(*access); });
}

void follow(RawClient& client) {
    client.ask("GET /v1/events?follow");
    client.read_head();
    (void)client.chunk();
}

}   // namespace

TEST_CASE("users: followers of one user leave room for others, and those of all users for the owner") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    Limits limits;
    limits.connections = 8;
    limits.of_users = 5;
    limits.of_a_user = 3;
    RunningServer server(limits, 0666);
    let_in(server);
    std::vector<RawClient> followers;
    for (int count = 0; count < 3; ++count) {
        followers.push_back(connect_as(stranger, server.path));
        follow(followers.back());
    }
    CHECK(connect_as(stranger, server.path).rest().starts_with("HTTP/1.1 503 "));
    for (int count = 0; count < 10; ++count) CHECK(connect_as(stranger - 1, server.path).get("/livez").status == 200);
    for (int count = 0; count < 10; ++count) CHECK(server.connect().get("/livez").status == 200);
    server.with_service([](FakeService& service) { service.event("web"); });
    for (auto& follower : followers) CHECK(contains(follower.chunk(), "id: 1\n"));
}

TEST_CASE("users: all of them together follow so many logs by requests for several, the owner any number") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    Limits limits;
    limits.logs_of_users = 4;
    RunningServer server(limits, 0666);
    let_in(server);
    server.with_service([](FakeService& service) {
        for (const auto* name : {"a", "b", "c"}) service.add(name, State::running);
    });
    auto first = connect_as(stranger, server.path);
    first.ask("GET /v1/workers/a,b,c/logs?follow");
    first.read_head();
    auto second = connect_as(stranger, server.path);
    const auto refused = second.get("/v1/workers/a,b/logs?follow");
    CHECK(refused.status == 429);
    CHECK(contains(refused.body, "\"code\":\"too-many-logs\""));
    CHECK(second.get("/v1/workers/a,b,c/logs").status == 200);   // without following
    auto owner = server.connect();
    owner.ask("GET /v1/workers/a,b,c/logs?follow");
    owner.read_head();
    first.close();
    CHECK(eventually([&] { return server.connections() == 2; }));
    second.ask("GET /v1/workers/a,b,c/logs?follow");
    second.read_head();
    server.with_service([](FakeService& service) { service.output("b", "b1\n"); });
    CHECK(second.chunk() == "b b1\n");
    CHECK(owner.chunk() == "b b1\n");
}

TEST_CASE("users: who connects all the time is answered 503 beyond its allowance, and the owner and others are served") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    Limits limits;
    limits.connects_at_once = 10;
    limits.connects_per_second = 0;
    RunningServer server(limits, 0666);
    let_in(server);
    for (int count = 0; count < 10; ++count) CHECK(connect_as(stranger, server.path).get("/livez").status == 200);
    for (int count = 0; count < 10; ++count) CHECK(connect_as(stranger, server.path).rest().starts_with("HTTP/1.1 503 "));
    for (int count = 0; count < 20; ++count) CHECK(server.connect().get("/livez").status == 200);
    CHECK(connect_as(stranger - 1, server.path).get("/livez").status == 200);
}

TEST_CASE("users: one user follows so many streams, of events and logs together, and may again when one has ended") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    Limits limits;
    limits.streams_of_a_user = 2;
    RunningServer server(limits, 0666);
    let_in(server);
    server.with_service([](FakeService& service) { service.add("a", State::running); });
    auto events = connect_as(stranger, server.path);
    follow(events);
    auto log = connect_as(stranger, server.path);
    log.ask("GET /v1/workers/a/logs?follow");
    log.read_head();
    auto third = connect_as(stranger, server.path);
    for (const auto* path : {"/v1/events?follow", "/v1/workers/a/logs?follow"}) {
        const auto refused = third.get(path);
        CHECK(refused.status == 429);
        CHECK(contains(refused.body, "\"code\":\"too-many-streams\""));
    }
    CHECK(third.get("/v1/workers/a/logs").status == 200);   // without following
    for (int count = 0; count < 3; ++count) {
        auto owner = server.connect();
        follow(owner);
    }
    events.close();
    CHECK(eventually([&] {
        auto again = connect_as(stranger, server.path);
        again.ask("GET /v1/events?follow");
        return again.read_head().status == 200;
    }));
}

TEST_CASE("users: a busy connection of another user gives way to the owner") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    Limits limits;
    limits.connections = 4;
    limits.of_users = 4;
    limits.of_a_user = 4;
    RunningServer server(limits, 0666);
    let_in(server);
    std::vector<RawClient> followers;
    for (int count = 0; count < 4; ++count) {
        followers.push_back(connect_as(stranger, server.path));
        follow(followers.back());
    }
    CHECK(connect_as(stranger, server.path).rest().starts_with("HTTP/1.1 503 "));
    CHECK(server.connect().get("/livez").status == 200);
    CHECK(server.connections() <= 4);
}

TEST_CASE("users: five hundred followers of one user that never read cost a bounded number of connections") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    RunningServer server({}, 0666);
    let_in(server);
    std::vector<RawClient> followers;
    for (int count = 0; count < 500; ++count) {
        followers.push_back(connect_as(stranger, server.path));
        followers.back().ask("GET /v1/events?follow");
        REQUIRE(server.connect().get("/livez").status == 200);
    }
    CHECK(eventually([&] { return server.connections() <= Limits{}.of_a_user; }));   // the owner's have ended by then
}

TEST_CASE("users: after an answer that took long, another user waits and the owner does not") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    RunningServer server({}, 0666);
    let_in(server);
    server.with_service([](FakeService& service) { service.slowness = 250ms; });
    const auto begin = std::chrono::steady_clock::now();
    CHECK(connect_as(stranger, server.path).get("/v1/status").status == 200);
    server.with_service([](FakeService& service) { service.slowness = 0ms; });
    auto again = connect_as(stranger, server.path);
    again.ask("GET /v1/status");
    CHECK(server.connect().get("/v1/status").status == 200);
    const auto owner_had_it = std::chrono::steady_clock::now();
    CHECK(again.reply().status == 200);
    const auto user_had_it = std::chrono::steady_clock::now();
    CHECK(user_had_it - begin >= 250ms + 4 * 250ms);
    CHECK(owner_had_it < user_had_it);
}

TEST_CASE("users: an answer that is taken slowly, but steadily, is given up in the end") {
    Limits limits;
    limits.write = 100ms;
    RunningServer server(limits);
    server.with_service([](FakeService& service) {
        for (int count = 0; count < 5000; ++count)
            service.add("worker-" + std::to_string(count)).status.reason = std::string(3'000, 'r');
    });
    auto client = server.connect();
    client.ask("GET /v1/status");
    (void)client.take(1);   // the answer has begun
    std::size_t taken = 0;
    while (server.connections() != 0 && taken < (8u << 20)) {
        (void)client.receive(1u << 16);   // makes progress all the time
        taken += 1u << 16;
        std::this_thread::sleep_for(20ms);   // slowness is the matter
    }
    CHECK(server.connections() == 0);
}

TEST_CASE("users: patterns in a path are few and short") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web"); });
    auto client = server.connect();
    CHECK(client.get("/v1/workers/w*,*b").status == 200);
    std::string many = "w*";
    for (int count = 0; count < 16; ++count) many += ",w*";
    CHECK(client.get("/v1/workers/" + many).status == 400);
    CHECK(client.get("/v1/workers/[" + std::string(200, 'a') + "]*").status == 400);
    CHECK(client.get("/v1/events?worker=*" + std::string(200, 'a')).status == 400);
}

}   // namespace talos::http::test
