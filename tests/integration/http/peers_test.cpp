#include "running_server.hpp"
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace talos::http::test {

namespace {

Limits quick() {
    Limits limits;
    limits.request = 50ms;
    limits.idle = 50ms;
    limits.write = 50ms;
    return limits;
}

}   // namespace

TEST_CASE("peers: five hundred that say nothing keep nobody from being served") {
    RunningServer server;
    std::vector<RawClient> silent;
    for (int count = 0; count < 500; ++count) silent.push_back(server.connect());
    for (int count = 0; count < 20; ++count) {
        auto client = server.connect();
        REQUIRE(client.get("/livez").body == "ok\n");
    }
    CHECK(server.connections() <= Limits{}.connections);
    CHECK(silent.front().rest().empty());   // the one that has been idle longest had to go
}

TEST_CASE("peers: followers stay when others need room") {
    Limits limits;
    limits.connections = 3;
    RunningServer server(limits);
    std::vector<RawClient> followers;
    for (int count = 0; count < 2; ++count) {
        followers.push_back(server.connect());
        followers.back().ask("GET /v1/events?follow");
        followers.back().read_head();
        (void)followers.back().chunk();
    }
    for (int count = 0; count < 10; ++count) {
        auto client = server.connect();
        REQUIRE(client.get("/livez").status == 200);
    }
    server.with_service([](FakeService& service) { service.event("web"); });
    for (auto& follower : followers) CHECK(contains(follower.chunk(), "id: 1\n"));

    followers.push_back(server.connect());
    followers.back().ask("GET /v1/events?follow");
    followers.back().read_head();
    auto refused = server.connect();
    CHECK(refused.rest().starts_with("HTTP/1.1 503 "));
}

TEST_CASE("peers: who connects and says nothing is closed without a word") {
    RunningServer server(quick());
    auto client = server.connect();
    CHECK(client.rest().empty());
}

TEST_CASE("peers: a request that comes a byte at a time has the time of one request") {
    RunningServer server(quick());
    auto client = server.connect();
    const std::string request = "GET /livez HTTP/1.1\r\nHost: " + std::string(60'000, 'a');
    std::size_t sent = 0;
    while (sent < request.size() && client.send(request.substr(sent, 1))) {
        ++sent;
        std::this_thread::sleep_for(5ms);   // slowness is the matter; the end is the server's
    }
    CHECK(sent < request.size());
    CHECK(client.rest().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("peers: a connection that is not used is closed") {
    auto limits = quick();
    limits.request = 20s;
    RunningServer server(limits);
    auto client = server.connect();
    CHECK(client.get("/livez").status == 200);
    CHECK(client.rest().empty());
}

TEST_CASE("peers: a header beyond the limit is refused") {
    RunningServer server;
    auto client = server.connect();
    client.send("GET /livez HTTP/1.1\r\nHost: talos\r\nX: " + std::string(20'000, 'a'));
    CHECK(client.reply().status == 431);
    auto long_target = server.connect();
    long_target.send("GET /" + std::string(20'000, 'a'));
    CHECK(long_target.reply().status == 431);
    auto endless_chunk = server.connect();
    endless_chunk.ask("POST /v1/shutdown", "Transfer-Encoding: chunked\r\n");
    endless_chunk.send("5;" + std::string(20'000, 'a'));
    CHECK(endless_chunk.reply().status == 400);
}

TEST_CASE("peers: a body of a gibibyte is refused before it has come") {
    RunningServer server;
    auto client = server.connect();
    client.ask("POST /v1/shutdown", "Content-Length: 1073741824\r\n");
    const std::string block(1u << 20, 'x');
    std::size_t sent = 0;
    while (sent < 1024 && client.send(block)) ++sent;
    CHECK(sent < 1024);
    CHECK(client.reply().status == 413);
    auto polite = server.connect();
    polite.ask("POST /v1/shutdown", "Content-Length: 1073741824\r\nExpect: 100-continue\r\n");
    CHECK(polite.reply().status == 413);
    auto chunked = server.connect();
    chunked.ask("POST /v1/shutdown", "Transfer-Encoding: chunked\r\n");
    chunked.send("40000000\r\n" + block.substr(0, 1000));
    CHECK(chunked.reply().status == 400);
    server.with_service([](FakeService& service) { CHECK(service.asked.empty()); });
}

TEST_CASE("peers: who does not take its answer is let go") {
    RunningServer server(quick());
    server.with_service([](FakeService& service) {
        for (int count = 0; count < 5000; ++count)
            service.add("worker-" + std::to_string(count)).status.reason = std::string(100, 'r');
    });
    auto client = server.connect();
    client.ask("GET /v1/status");
    (void)client.take(1);
    CHECK(eventually([&] { return server.connections() == 0; }));
    CHECK(client.rest().size() < 500'000);
}

TEST_CASE("peers: a flood of bytes during an answer is not read") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web"); });
    auto client = server.connect();
    client.ask("POST /v1/workers/web/start?wait=20s");
    std::thread flood([&] { client.send(std::string(8u << 20, 'x')); });
    REQUIRE(eventually([&] { return server.with_service([](FakeService& service) { return !service.asked.empty(); }); }));
    CHECK(server.connect().get("/livez").status == 200);
    server.with_service([](FakeService& service) { service.set("web", worker::State::running); });
    CHECK(client.reply().status == 200);
    CHECK(client.reply().status == 431);   // what came behind it is no request
    flood.join();
}

TEST_CASE("peers: who comes when there are no descriptors left waits until there are") {
    RunningServer server;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit low = before;
    low.rlim_cur = 128;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    std::vector<int> filler;
    for (int fd = -1; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) filler.push_back(fd);
    REQUIRE_FALSE(filler.empty());
    ::close(filler.back());
    filler.pop_back();
    RawClient client(server.path);   // takes the last one
    CHECK(client.connected());
    client.ask("GET /livez");
    CHECK(server.connections() == 0);
    for (const int fd : filler) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(client.reply().body == "ok\n");
}

}   // namespace talos::http::test
