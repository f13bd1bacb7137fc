#include "running_server.hpp"

namespace talos::http::test {

namespace {

using worker::State;

void wait_until_asked(RunningServer& server, std::size_t times) {
    REQUIRE(eventually([&] { return server.with_service([&](FakeService& service) { return service.asked.size() >= times; }); }));
}

bool board_is_read(RunningServer& server) {
    return server.with_service([](FakeService& service) { return service.event_bus().read(); });
}

}   // namespace

TEST_CASE("wait: the answer comes when every wish has come true or cannot any more") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.add("web");
        service.add("db");
    });
    auto client = server.connect();
    client.ask("POST /v1/workers/all/start?wait=20s");
    wait_until_asked(server, 2);
    server.with_service([](FakeService& service) { service.set("web", State::running); });
    server.with_service([](FakeService& service) {
        service.add("other");   // the list of workers moves under the wait
        service.set("db", State::fatal).status.reason = "3 failures within 1m";
        service.event_bus().changed();
    });
    const auto reply = client.reply();
    CHECK(reply.status == 200);
    CHECK(reply.body.starts_with("{\"reached\":false,"));
    CHECK(contains(reply.body, "{\"worker\":\"web\",\"outcome\":\"reached\",\"state\":\"running\""));
    CHECK(contains(reply.body, "3 failures within 1m"));
    CHECK_FALSE(board_is_read(server));
}

TEST_CASE("wait: when the time is over the pending ones are told as pending") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web"); });
    auto client = server.connect();
    const auto reply = client.post("/v1/workers/web/start?wait=50ms");
    CHECK(reply.status == 200);
    CHECK(contains(reply.body, "\"outcome\":\"pending\""));
}

TEST_CASE("wait: a worker that is removed meanwhile is stopped, and cannot be started") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web", State::running); });
    auto stops = server.connect();
    stops.ask("POST /v1/workers/web/stop?wait=20s");
    wait_until_asked(server, 1);
    auto starts = server.connect();
    starts.ask("POST /v1/workers/web/restart?wait=20s");
    CHECK(contains(stops.reply().body, "a later restart replaced this command"));
    server.with_service([](FakeService& service) { service.remove("web"); });
    CHECK(contains(starts.reply().body, "\"outcome\":\"failed\",\"state\":\"removed\""));
}

TEST_CASE("wait: progress comes as lines, and the whole document last") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web", State::running); });
    auto client = server.connect();
    client.ask("POST /v1/workers/web/stop?wait=20s", "Accept: application/x-ndjson\r\n");
    CHECK(contains(client.read_head().head, "Content-Type: application/x-ndjson"));
    CHECK(contains(client.chunk(), "\"outcome\":\"pending\",\"state\":\"running\""));
    server.with_service([](FakeService& service) {
        service.set("web", State::stopping).kill_at =
            std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()) + 30s;
        service.event_bus().changed();
    });
    CHECK(contains(client.chunk(), "\"state\":\"stopping\""));
    CHECK(contains(client.chunk(), "SIGKILL in"));   // counts down, although nothing happens
    server.with_service([](FakeService& service) { service.set("web", State::stopped); });
    std::string rest;
    for (auto chunk = client.chunk(); !chunk.empty(); chunk = client.chunk()) rest += chunk;
    CHECK(contains(rest, "{\"worker\":\"web\",\"outcome\":\"reached\",\"state\":\"stopped\"}\n"));
    CHECK(contains(rest, "\n{\"reached\":true,"));
    CHECK(client.get("/livez").body == "ok\n");
}

TEST_CASE("wait: a reload is waited for, removed workers and all") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.next_reload.number = 7;
        service.progress = api::ReloadProgress{};
        service.progress->workers = {{"web", api::Outcome{}}};
    });
    auto client = server.connect();
    client.ask("POST /v1/reload?wait=20s");
    REQUIRE(eventually([&] { return board_is_read(server); }));
    server.with_service([](FakeService& service) {
        service.progress->done = true;
        service.progress->workers[0].second.what = api::Outcome::What::reached;
        service.event_bus().changed();
    });
    const auto reply = client.reply();
    CHECK(contains(reply.body, "\"reload\":7"));
    CHECK(contains(reply.body, "\"reached\":true"));
}

TEST_CASE("wait: a client that goes away in the middle leaves nothing behind") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web"); });
    {
        auto client = server.connect();
        client.ask("POST /v1/workers/web/start?wait=24h");
        REQUIRE(eventually([&] { return board_is_read(server); }));
    }
    CHECK(eventually([&] { return server.connections() == 0; }));
    CHECK_FALSE(board_is_read(server));
    server.with_service([](FakeService& service) { service.set("web", State::running); });
}

TEST_CASE("wait: a client that has closed only its own direction waits on, and is noticed when it goes") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web"); });
    auto client = server.connect();
    client.ask("POST /v1/workers/web/start?wait=20s");
    client.shutdown_send();
    auto other = server.connect();
    other.ask("POST /v1/workers/web/start?wait=24h");
    other.shutdown_send();
    wait_until_asked(server, 2);
    other.close();
    CHECK(eventually([&] { return server.connections() == 1; }));
    server.with_service([](FakeService& service) { service.set("web", State::running); });
    CHECK(contains(client.rest(), "\"reached\":true"));
}

TEST_CASE("wait: the end of the server answers with what is known") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web"); });
    auto client = server.connect();
    client.ask("POST /v1/workers/web/start?wait=24h");
    REQUIRE(eventually([&] { return board_is_read(server); }));
    server.stop([](Server& its) { its.close(); });
    const auto reply = client.reply();
    CHECK(reply.status == 200);
    CHECK(contains(reply.body, "\"outcome\":\"pending\""));
    CHECK(client.rest().empty());
}

}   // namespace talos::http::test
