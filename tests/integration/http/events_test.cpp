#include "running_server.hpp"
#include <fstream>
#include <vector>

namespace talos::http::test {

namespace {

/// The ids of the messages in the text, in its order.
std::vector<std::uint64_t> ids(const std::string& text) {
    std::vector<std::uint64_t> found;
    for (std::size_t at = 0; (at = text.find("id: ", at)) != std::string::npos; ++at)
        if (at == 0 || text[at - 1] == '\n') found.push_back(std::strtoull(text.c_str() + at + 4, nullptr, 10));
    return found;
}

std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> numbers;
    for (auto number = first; number <= last; ++number) numbers.push_back(number);
    return numbers;
}

/// A stream's pieces until `text` is among them.
std::string stream_until(RawClient& client, const std::string& text) {
    std::string all;
    while (!contains(all, text)) {
        const auto chunk = client.chunk();
        if (chunk.empty()) throw std::runtime_error("the stream ended without \"" + text + "\": " + all);
        all += chunk;
    }
    return all;
}

void make_events(RunningServer& server, unsigned count, const std::string& worker = "web", std::size_t length = 10) {
    server.with_service([&](FakeService& service) {
        for (unsigned number = 0; number < count; ++number) service.event(worker, std::string(length, 'x'));
    });
}

RawClient follow(RunningServer& server, const std::string& target, const std::string& headers = "") {
    auto client = server.connect();
    client.ask("GET " + target, headers);
    CHECK(contains(client.read_head().head, "Content-Type: text/event-stream\r\n"));
    CHECK(client.chunk().starts_with(": "));   // connected
    return client;
}

}   // namespace

TEST_CASE("events: the whole history, rotated files included, or what came since") {
    RunningServer server;
    for (int file = 0; file < 3; ++file) {
        make_events(server, 1000, file == 1 ? "db" : "web", 100);
        server.with_service([](FakeService& service) { service.rotate_journal(); });
    }
    make_events(server, 10);
    auto client = server.connect();
    CHECK(ids(client.get("/v1/events").body) == from_to(1, 3010));
    CHECK(ids(client.get("/v1/events?since=0").body) == from_to(1, 3010));
    CHECK(ids(client.get("/v1/events?since=1500").body) == from_to(1501, 3010));
    CHECK(ids(client.get("/v1/events?since=3007").body) == from_to(3008, 3010));
    CHECK(ids(client.get("/v1/events?since=3010").body).empty());
    CHECK(ids(client.get("/v1/events?worker=d*").body) == from_to(1001, 2000));
    CHECK(contains(client.get("/v1/events?since=3009").body, "id: 3010\ndata: {\"sequence\":3010,"));
    client.ask("GET /v1/events", "Last-Event-ID: 3008\r\n");
    CHECK(ids(client.reply().body) == from_to(3009, 3010));
}

TEST_CASE("events: what is no longer kept is mentioned") {
    RunningServer server;
    for (int file = 0; file < 4; ++file) {
        make_events(server, 10);
        server.with_service([](FakeService& service) { service.rotate_journal(2); });
    }
    auto client = server.connect();
    const auto all = client.get("/v1/events").body;
    CHECK(ids(all) == from_to(21, 40));
    CHECK_FALSE(contains(all, "no longer kept"));
    const auto some = client.get("/v1/events?since=5").body;
    CHECK(contains(some, ": events 6 to 20 are no longer kept\n\nid: 21\n"));
    CHECK(ids(some) == from_to(21, 40));
}

TEST_CASE("events: lines that are torn or strange are passed over, and one for lost lines is no gap") {
    RunningServer server;
    make_events(server, 2);
    std::ofstream(server.directory / "events.jsonl", std::ios::app)
        << "\n{\"sequence\":\nnonsense\n{\"sequence\":7,\"at\":1,\"cause\":\"lost\",\"first\":3,\"last\":7}\n"
           "{\"sequence\":8,\"at\":1,\"wor";
    auto client = server.connect();
    server.with_service([](FakeService& service) {
        service.journal_works = false;
        for (int count = 0; count < 6; ++count) service.event("web");
    });
    const auto body = client.get("/v1/events?since=1").body;
    CHECK(ids(body) == std::vector<std::uint64_t>{2, 7});
    CHECK(contains(body, ": events 8 to 8 are no longer kept"));
}

TEST_CASE("events: a follower gets the history, then what happens, without a gap, also across rotations") {
    RunningServer server;
    make_events(server, 500);
    auto client = follow(server, "/v1/events?since=100&follow");
    make_events(server, 50);
    server.with_service([](FakeService& service) { service.rotate_journal(); });
    make_events(server, 50);
    auto text = stream_until(client, "id: 600\n");
    make_events(server, 1, "last");
    text += stream_until(client, "id: 601\n");
    CHECK(ids(text) == from_to(101, 601));
}

TEST_CASE("events: without since a follower gets only what is new") {
    RunningServer server;
    make_events(server, 10);
    auto client = follow(server, "/v1/events?follow=1&worker=d?");
    make_events(server, 3, "web");
    make_events(server, 2, "db");
    CHECK(ids(stream_until(client, "id: 15\n")) == from_to(14, 15));
}

TEST_CASE("events: a burst larger than what is kept in memory is read from the file") {
    Limits limits;
    limits.follower_bytes = 4096;
    RunningServer server(limits);
    auto client = follow(server, "/v1/events?follow");
    make_events(server, 2000, "web", 100);
    auto text = stream_until(client, "id: 2000\n");
    make_events(server, 10);
    text += stream_until(client, "id: 2010\n");
    CHECK(ids(text) == from_to(1, 2010));
}

TEST_CASE("events: ten followers lose nothing of ten thousand events") {
    RunningServer server;
    std::vector<std::thread> readers;
    std::vector<std::vector<std::uint64_t>> seen(10);
    for (auto& its : seen) {
        auto client = std::make_shared<RawClient>(follow(server, "/v1/events?follow"));
        readers.emplace_back([client, &its] { its = ids(stream_until(*client, "id: 10000\n")); });
    }
    for (int batch = 0; batch < 100; ++batch) make_events(server, 100, "web", 60);
    for (auto& reader : readers) reader.join();
    for (const auto& its : seen) CHECK(its == from_to(1, 10'000));
}

TEST_CASE("events: a follower that does not read is told so and dropped, and costs no more than its share") {
    Limits limits;
    limits.follower_bytes = 16u << 10;
    limits.write = 100ms;
    RunningServer server(limits);
    auto client = follow(server, "/v1/events?follow");
    auto quick = std::make_shared<RawClient>(follow(server, "/v1/events?follow"));
    std::string text;
    std::thread reader([quick, &text] { text = stream_until(*quick, "\"worker\":\"last\""); });
    // The kernel takes some of it; beyond that and the limit, the server lets go.
    REQUIRE(eventually([&] {
        make_events(server, 50, "web", 500);
        return server.connections() == 1;
    }));
    make_events(server, 1, "last");
    reader.join();
    CHECK_FALSE(contains(text, "dropped"));
    const auto last = ids(text);
    CHECK(last == from_to(1, last.size()));

    std::string slow;
    for (auto chunk = client.chunk(); !chunk.empty(); chunk = client.chunk()) slow += chunk;
    CHECK(contains(slow, "event: dropped\ndata: {\"reason\":"));
    const auto got = ids(slow);
    CHECK(got == from_to(1, got.size()));   // what it had got until then is whole
    CHECK(client.rest().empty());
}

TEST_CASE("events: a follower that reads a byte now and then is told so and dropped") {
    Limits limits;
    limits.follower_bytes = 16u << 10;
    limits.write = 100ms;
    RunningServer server(limits);
    auto client = follow(server, "/v1/events?follow");
    REQUIRE(eventually([&] {
        make_events(server, 20, "web", 500);
        return server.connections() == 0 || !client.receive(1);
    }));
    std::string slow;
    for (auto chunk = client.chunk(); !chunk.empty(); chunk = client.chunk()) slow += chunk;
    CHECK(contains(slow, "event: dropped\n"));
}

TEST_CASE("events: a follower may rest as long as little happens") {
    Limits limits;
    limits.write = 20ms;
    limits.idle = 20ms;
    limits.request = 5s;
    RunningServer server(limits);
    auto client = follow(server, "/v1/events?follow");
    // Two others prove that more than those deadlines have passed.
    for (int count = 0; count < 2; ++count) {
        auto idle = server.connect();
        CHECK(idle.get("/livez").status == 200);
        CHECK(idle.rest().empty());
    }
    make_events(server, 1);
    CHECK(ids(stream_until(client, "id: 1\n")) == from_to(1, 1));
}

TEST_CASE("events: a number beyond the history's end means a history that began anew") {
    RunningServer server;
    make_events(server, 3);
    auto client = server.connect();
    client.ask("GET /v1/events?since=5000&follow");
    client.read_head();
    CHECK(contains(client.chunk(), "ends at event 3"));
    make_events(server, 1);
    CHECK(ids(stream_until(client, "id: 4\n")) == from_to(4, 4));
}

TEST_CASE("events: the end of the server ends the streams properly") {
    RunningServer server;
    auto client = follow(server, "/v1/events?follow");
    make_events(server, 1);
    server.stop([](Server& its) { its.close(); });
    CHECK(ids(stream_until(client, "id: 1\n")).size() == 1);
    CHECK(client.chunk().empty());
    CHECK(client.rest().empty());
}

TEST_CASE("server: aborted with open streams and waits, nothing of it is left in the loop") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web", worker::State::running); });
    auto events = follow(server, "/v1/events?follow");
    auto logs = server.connect();
    logs.ask("GET /v1/workers/web/logs?follow");
    logs.read_head();
    auto waits = server.connect();
    waits.ask("POST /v1/workers/web/stop?wait=24h");
    auto silent = server.connect();
    REQUIRE(eventually([&] { return server.connections() == 4; }));
    server.stop([](Server& its) {
        its.abort();
        CHECK(its.connections() == 0);
    });
    CHECK(silent.rest().empty());
    CHECK_FALSE(talos::test::exists(server.path));
}

}   // namespace talos::http::test
