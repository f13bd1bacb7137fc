#include "running_server.hpp"

namespace talos::control::test {

namespace {

using worker::State;

std::string lines(unsigned first, unsigned last) {
    std::string text;
    for (auto number = first; number <= last; ++number) text.append("line ").append(std::to_string(number)).append("\n");
    return text;
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

}  // namespace

TEST_CASE("logs: the last lines as they stand, from rotated files too") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.add("web", State::running);
        service.add("silent", State::running);
        service.output("web", lines(1, 60'000));
        service.rotate_log("web");
        service.output("web", lines(60'001, 60'010));
        service.rotate_log("web");
        service.output("web", lines(60'011, 60'020) + "unfinished");
    });
    auto client = server.connect();
    auto reply = client.get("/v1/workers/web/logs");
    CHECK(contains(reply.head, "Content-Type: text/plain; charset=utf-8"));
    CHECK(reply.body == lines(59'972, 60'020) + "unfinished");
    CHECK(client.get("/v1/workers/web/logs?lines=1").body == "unfinished");
    CHECK(client.get("/v1/workers/web/logs?lines=11").body == lines(60'011, 60'020) + "unfinished");
    CHECK(client.get("/v1/workers/web/logs?lines=12").body == lines(60'010, 60'020) + "unfinished");
    CHECK(client.get("/v1/workers/web/logs?lines=0").body.empty());
    CHECK(client.get("/v1/workers/web/logs?lines=100000").body == lines(1, 60'020) + "unfinished");
    CHECK(client.get("/v1/workers/web/logs?lines=60000").body == lines(22, 60'020) + "unfinished");

    reply = client.get("/v1/workers/silent/logs");
    CHECK(reply.status == 409);
    CHECK(contains(reply.body, "\"code\":\"no-log\""));
    CHECK(client.get("/v1/workers/other/logs").status == 404);
}

TEST_CASE("logs: a follower gets every byte as it comes, across rotations") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.add("web", State::running);
        service.output("web", lines(1, 10));
    });
    auto client = server.connect();
    client.ask("GET /v1/workers/web/logs?lines=2&follow");
    client.read_head();
    CHECK(stream_until(client, "line 10\n") == lines(9, 10));
    server.with_service([](FakeService& service) {
        service.output("web", lines(11, 12));
        service.rotate_log("web");
        service.output("web", lines(13, 14));
        service.rotate_log("web");
        service.output("web", lines(15, 16) + "half");
    });
    CHECK(stream_until(client, "half") == lines(11, 16) + "half");
}

TEST_CASE("logs: a follower of a log that is not there yet gets all of it") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web", State::running); });
    auto client = server.connect();
    client.ask("GET /v1/workers/web/logs?follow");
    client.read_head();
    server.with_service([](FakeService& service) {
        service.output("web", "one\n");
        service.rotate_log("web");
        service.output("web", "two\n");
    });
    CHECK(stream_until(client, "two\n") == "one\ntwo\n");
}

TEST_CASE("logs: a follower that does not read for a while misses nothing") {
    Limits limits;
    limits.write = 20ms;
    RunningServer server(limits);
    server.with_service([](FakeService& service) { service.add("web", State::running); });
    auto client = server.connect();
    client.ask("GET /v1/workers/web/logs?follow");
    client.read_head();
    for (unsigned round = 0; round < 20; ++round)
        server.with_service([&](FakeService& service) { service.output("web", lines(round * 5'000 + 1, round * 5'000 + 5'000)); });
    CHECK(stream_until(client, "line 100000\n") == lines(1, 100'000));
}

TEST_CASE("logs: the stream ends with the worker") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.add("web", State::running);
        service.output("web", "last words\n");
    });
    auto client = server.connect();
    client.ask("GET /v1/workers/web/logs?follow");
    client.read_head();
    CHECK(client.chunk() == "last words\n");
    server.with_service([](FakeService& service) { service.remove("web"); });
    CHECK(client.chunk().empty());
    CHECK(client.get("/livez").status == 200);
}

}  // namespace talos::control::test
