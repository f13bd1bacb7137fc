#include "http/client/client.hpp"
#include "running_server.hpp"

namespace talos::http::test {

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

}   // namespace

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

TEST_CASE("logs: since a time, from rotated files too") {
    const auto stamped = [](unsigned first, unsigned last) {
        std::string text;
        for (auto number = first; number <= last; ++number) {
            const auto digits = std::to_string(100'000 + number).substr(1);
            text.append("2026-01-29T00:31:10.").append(digits).append("Z stdout F line\n");
        }
        return text;
    };
    RunningServer server;
    server.with_service([&](FakeService& service) {
        service.add("web", State::running);
        service.output("web", stamped(1, 20'000));
        service.rotate_log("web");
        service.output("web", stamped(20'001, 40'000));
        service.add("empty", State::running);
        service.output("empty", "");
    });
    auto client = server.connect();
    const auto since = [&](const char* fraction, const char* more = "") {
        return client.get("/v1/workers/web/logs?since=2026-01-29T00:31:10" + std::string(fraction) + "Z" + more).body;
    };
    CHECK(since(".399991") == stamped(40'000, 40'000));
    CHECK(since(".4") == stamped(40'000, 40'000));
    CHECK(since(".19999") == stamped(19'999, 40'000));
    CHECK(since(".12345") == stamped(12'345, 40'000));
    CHECK(since("") == stamped(1, 40'000));
    CHECK(since(".5").empty());
    CHECK(since(".12345", "&lines=5") == stamped(39'996, 40'000));
    CHECK(since(".39998", "&lines=5") == stamped(39'998, 40'000));
    CHECK(since(".12345", "&lines=all") == stamped(12'345, 40'000));
    CHECK(client.get("/v1/workers/web/logs?lines=all").body == stamped(1, 40'000));
    CHECK(client.get("/v1/workers/empty/logs?since=2026-01-29T00:31:10Z").body.empty());

    client.ask("GET /v1/workers/web/logs?follow&since=2026-01-29T00:31:10.39999Z");
    client.read_head();
    server.with_service([&](FakeService& service) { service.output("web", stamped(40'001, 40'002)); });
    CHECK(stream_until(client, stamped(40'002, 40'002)) == stamped(39'999, 40'002));
}

TEST_CASE("logs: a raw log has no times to choose by") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.add("raw", State::running);
        service.output("raw", lines(1, 10));
    });
    auto client = server.connect();
    const auto reply = client.get("/v1/workers/raw/logs?since=2026-01-29T00:31:10Z");
    CHECK(reply.status == 409);
    CHECK(contains(reply.body, "\"code\":\"no-times\""));
    CHECK(client.get("/v1/workers/raw/logs").body == lines(1, 10));
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
        server.with_service(
            [&](FakeService& service) { service.output("web", lines(round * 5'000 + 1, round * 5'000 + 5'000)); });
    CHECK(stream_until(client, "line 100000\n") == lines(1, 100'000));
}

TEST_CASE("logs: a damaged old log is named and left out, the lines of the others are there") {
    RunningServer server;
    std::string old;
    server.with_service([&](FakeService& service) {
        service.add("web", State::running);
        service.output("web", lines(1, 3));
        service.rotate_log("web");
        service.output("web", lines(4, 6));
        service.rotate_log("web");
        service.output("web", lines(7, 9));
        old = service.log_path("web") + ".2";
        std::filesystem::remove(old);
        std::ofstream(old + ".zst") << "no zstd at all";
    });
    Client client{server.path};
    const std::string query = GENERATE("lines=all", "lines=9999");
    std::string text;
    const auto answer = client.stream("GET", "/v1/workers/web/logs?" + query, "text/plain",
                                      [&](std::string_view line) { return text.append(line).append("\n"), true; });
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(text == lines(4, 9));
    REQUIRE(answer->left_out.size() == 1);
    CHECK(answer->left_out.front().find(old + ".zst") != std::string::npos);
    CHECK(server.with_service([](FakeService& service) { return service.told_left_out; }) == answer->left_out);
}

TEST_CASE("logs: hundreds of files that are no logs hide none, and a few of them are named") {
    RunningServer server;
    server.with_service([&](FakeService& service) {
        service.add("web", State::running);
        service.output("web", lines(1, 3));
        service.rotate_log("web");
        service.output("web", lines(4, 6));
        const auto path = service.log_path("web");
        std::filesystem::rename(path + ".1", path + ".200");
        for (unsigned number = 1; number < 200; ++number) std::ofstream(path + "." + std::to_string(number) + ".zst") << "x";
    });
    Client client{server.path};
    const std::string query = GENERATE("lines=all", "lines=9999");
    std::string text;
    const auto answer = client.stream("GET", "/v1/workers/web/logs?" + query, "text/plain",
                                      [&](std::string_view line) { return text.append(line).append("\n"), true; });
    REQUIRE(answer);
    CHECK(text == lines(1, 6));
    CHECK(answer->left_out.size() == 21);
    CHECK(contains(answer->left_out.back(), "more old files"));
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

}   // namespace talos::http::test
