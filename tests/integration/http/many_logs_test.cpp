#include "running_server.hpp"
#include <algorithm>
#include <fstream>

namespace talos::http::test {

namespace {

using worker::State;

std::string stamped(int second, const std::string& text) {
    return "2026-01-29T00:31:" + std::to_string(second) + "Z stdout F " + text + "\n";
}

std::string stream_until(RawClient& client, const std::string& end) {
    std::string all;
    while (!all.ends_with(end)) {
        const auto chunk = client.chunk();
        if (chunk.empty()) throw std::runtime_error("the stream ended: " + all);
        all += chunk;
    }
    return all;
}

std::string names(unsigned count) {
    std::string names;
    for (unsigned number = 1; number <= count; ++number) names.append(number == 1 ? "w" : ",w").append(std::to_string(number));
    return names;
}

}   // namespace

TEST_CASE("logs of several: each line behind its worker's name, one log after the other, those that keep none are left out") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        for (const auto* name : {"a", "silent", "b"}) service.add(name, State::running);
        service.output("a", "a1\na2\n\nhalf");
        service.output("b", "b1\nb2\n");
    });
    auto client = server.connect();
    CHECK(client.get("/v1/workers/a,silent,b/logs").body == "a a1\na a2\na \na half\nb b1\nb b2\n");
    CHECK(client.get("/v1/workers/all/logs?lines=1").body == "a half\nb b2\n");
    CHECK(client.get("/v1/workers/b,a/logs?lines=1,2").body == "a \na half\nb b2\n");
    CHECK(client.get("/v1/workers/a/logs?lines=2").body == "\nhalf");   // of one, as it stands in the file
    CHECK(client.get("/v1/workers/s*/logs").status == 409);
    CHECK(client.get("/v1/workers/a,other/logs").status == 404);
}

TEST_CASE("logs until a time: what is older, of one and of several, from old files too") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        for (const auto* name : {"a", "b", "raw"}) service.add(name, State::running);
        service.output("a", stamped(10, "one") + stamped(11, "two"));
        service.rotate_log("a");
        service.output("a", stamped(12, "three") + stamped(13, "four"));
        service.output("b", stamped(12, "other"));
        service.output("raw", "raw\n");
    });
    auto client = server.connect();
    const auto get = [&](const std::string& target) { return client.get("/v1/workers/" + target).body; };
    CHECK(get("a/logs?until=2026-01-29T00:31:13Z") == stamped(10, "one") + stamped(11, "two") + stamped(12, "three"));
    CHECK(get("a/logs?until=2026-01-29T00:31:12Z") == stamped(10, "one") + stamped(11, "two"));
    CHECK(get("a/logs?until=2026-01-29T00:31:13Z&lines=1") == stamped(12, "three"));
    CHECK(get("a/logs?since=2026-01-29T00:31:11Z&until=2026-01-29T00:31:12Z") == stamped(11, "two"));
    CHECK(get("a/logs?until=2026-01-29T00:31:10Z").empty());
    CHECK(get("a/logs?until=2026-01-29T00:31:59Z&lines=1") == stamped(13, "four"));
    CHECK(get("a,b/logs?until=2026-01-29T00:31:13Z&lines=1") == "a " + stamped(12, "three") + "b " + stamped(12, "other"));
    CHECK(client.get("/v1/workers/raw/logs?until=2026-01-29T00:31:59Z").status == 409);
}

TEST_CASE("logs of several, followed: whole lines of each as they come, across rotations, also long ones") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        for (const auto* name : {"a", "b"}) service.add(name, State::running);
        service.output("a", "old\na1\n");
    });
    auto client = server.connect();
    client.ask("GET /v1/workers/a,b/logs?lines=1,all&follow");
    client.read_head();
    CHECK(stream_until(client, "a1\n") == "a a1\n");
    const std::string long_line(200'000, 'x');
    server.with_service([&](FakeService& service) {
        service.output("a", "half");
        service.output("b", "b1\n");
    });
    CHECK(stream_until(client, "b1\n") == "b b1\n");
    server.with_service([&](FakeService& service) { service.output("a", " and half\n" + long_line + "\n"); });
    CHECK((stream_until(client, "x\n") == "a half and half\na " + long_line + "\n"));
    server.with_service([&](FakeService& service) {
        service.output("b", "end of file");
        service.rotate_log("b");
        service.output("b", "b3\n");
    });
    CHECK(stream_until(client, "b3\n") == "b end of file\nb b3\n");
}

TEST_CASE("logs of several, followed: a name alone says that a log has ended, and the stream ends with the last one") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        for (const auto* name : {"a", "b"}) service.add(name, State::running);
        service.output("a", "a1\nlast words");
        service.output("b", "b1\n");
    });
    auto client = server.connect();
    client.ask("GET /v1/workers/*/logs?follow");
    client.read_head();
    CHECK(stream_until(client, "b1\n") == "a a1\nb b1\n");
    server.with_service([](FakeService& service) { service.remove("a"); });
    CHECK(stream_until(client, "a\n") == "a last words\na\n");
    server.with_service([](FakeService& service) { service.output("b", "b2\n"); });
    CHECK(stream_until(client, "b2\n") == "b b2\n");
    server.with_service([](FakeService& service) { service.remove("b"); });
    CHECK(client.chunk() == "b\n");
    CHECK(client.chunk().empty());
    CHECK(client.get("/livez").status == 200);
}

TEST_CASE("logs of several, followed: a request for 100 workers gets every line of each, one for 101 is refused") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        for (unsigned number = 1; number <= 101; ++number) service.add("w" + std::to_string(number), State::running);
    });
    auto client = server.connect();
    const auto refused = client.get("/v1/workers/" + names(101) + "/logs?follow");
    CHECK(refused.status == 400);
    CHECK(contains(refused.body, "one request follows at most 100"));
    client.ask("GET /v1/workers/" + names(100) + "/logs?follow");
    client.read_head();
    for (unsigned round = 1; round <= 20; ++round)
        server.with_service([&](FakeService& service) {
            for (unsigned number = 1; number <= 100; ++number)
                service.output("w" + std::to_string(number), "line " + std::to_string(round) + "\n");
        });
    std::string all;
    for (unsigned left = 2'000; left > 0;) {
        const auto chunk = client.chunk();
        REQUIRE_FALSE(chunk.empty());
        left -= static_cast<unsigned>(std::count(chunk.begin(), chunk.end(), '\n'));
        all += chunk;
    }
    for (unsigned number = 1; number <= 100; ++number) {
        std::size_t at = 0;
        for (unsigned round = 1; round <= 20; ++round) {   // in order
            at = all.find("w" + std::to_string(number) + " line " + std::to_string(round) + "\n", at);
            REQUIRE(at != std::string::npos);
        }
    }
}

TEST_CASE("logs of several, followed: a peer that does not read for a while misses nothing") {
    Limits limits;
    limits.write = 20ms;
    RunningServer server(limits);
    server.with_service([](FakeService& service) {
        for (const auto* name : {"a", "b"}) service.add(name, State::running);
    });
    auto client = server.connect();
    client.ask("GET /v1/workers/a,b/logs?follow");
    client.read_head();
    std::string of_a;
    for (unsigned number = 1; number <= 100'000; ++number) of_a.append("line ").append(std::to_string(number)).append("\n");
    server.with_service([&](FakeService& service) {
        service.output("a", of_a);
        service.output("b", "b1\n");
    });
    const auto all = stream_until(client, "b b1\n");
    CHECK(std::count(all.begin(), all.end(), '\n') == 100'001);
    CHECK(contains(all, "a line 100000\n"));
}

}   // namespace talos::http::test
