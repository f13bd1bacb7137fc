#include "running_server.hpp"
#include <unistd.h>

namespace talos::http::test {

using worker::State;

TEST_CASE("server: every question is answered over one connection") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.add("web", State::running);
        service.add("db", State::backoff).status.goal = worker::Goal::up;
    });
    auto client = server.connect();

    auto reply = client.get("/v1/status");
    CHECK(reply.status == 200);
    CHECK(contains(reply.head, "Content-Type: application/json\r\n"));
    CHECK(contains(reply.head, "Date: "));
    CHECK(contains(reply.body, "\"running\":true"));
    CHECK(contains(reply.body, "\"name\":\"web\""));
    CHECK(reply.body.ends_with("\n"));

    reply = client.get("/v1/workers");
    CHECK(reply.status == 200);
    CHECK(reply.body.starts_with("{\"workers\":["));
    reply = client.get("/v1/workers/web");
    CHECK(reply.body.starts_with("{\"name\":\"web\""));
    reply = client.get("/v1/workers/w*,db");
    CHECK(contains(reply.body, "\"name\":\"db\""));
    reply = client.get("/v1/workers/wbe");
    CHECK(reply.status == 404);
    CHECK(contains(reply.head, "application/problem+json"));
    CHECK(contains(reply.body, "\"code\":\"unknown-worker\""));

    CHECK(client.get("/livez").body == "ok\n");
    reply = client.get("/readyz");
    CHECK(reply.status == 503);
    CHECK(contains(reply.body, "db: backoff"));
    reply = client.get("/metrics");
    CHECK(contains(reply.head, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    CHECK(contains(reply.body, "# TYPE"));

    reply = client.get("/v1/nothing");
    CHECK(reply.status == 404);
    reply = client.get("/v1/shutdown");
    CHECK(reply.status == 405);
    CHECK(contains(reply.head, "Allow: POST\r\n"));
    CHECK(server.connections() == 1);
}

TEST_CASE("server: HEAD is answered like GET, without a body") {
    RunningServer server;
    auto client = server.connect();
    for (const std::string target : {"/v1/status", "/livez"}) {
        client.ask("HEAD " + target);
        const auto reply = client.reply(true);
        CHECK(reply.status == 200);
        CHECK(contains(reply.head, "Content-Length: "));
    }
    client.ask("HEAD /v1/events?follow");
    CHECK(contains(client.reply(true).head, "text/event-stream"));
    CHECK(client.get("/livez").body == "ok\n");
}

TEST_CASE("server: commands are noted, written down and answered with what has become of them") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.add("web", State::running);
        service.add("db");
    });
    auto client = server.connect();

    auto reply = client.post("/v1/workers/web/stop");
    CHECK(reply.status == 202);
    CHECK(contains(reply.body, "{\"results\":[{\"worker\":\"web\",\"outcome\":\"pending\""));
    reply = client.post("/v1/workers/all/signal?signal=HUP");
    CHECK(reply.status == 200);
    CHECK(contains(reply.body, "{\"worker\":\"web\",\"outcome\":\"reached\"}"));
    CHECK(contains(reply.body, "\"outcome\":\"failed\",\"reason\":\"has no process\""));
    reply = client.post("/v1/shutdown");
    CHECK(reply.status == 202);
    CHECK(reply.body == "{\"stopping\":true}\n");
    client.post("/v1/shutdown?force");

    const std::string me = std::to_string(::getuid());
    server.with_service([&](FakeService& service) {
        CHECK(service.asked == std::vector<std::string>{"stop web by " + me, "signal 1 web", "shutdown", "shutdown force"});
        CHECK(service.written >= 4);
    });
}

TEST_CASE("server: a talosd that stops refuses starts with its words") {
    RunningServer server;
    server.with_service([](FakeService& service) {
        service.add("web");
        service.refuse_with = "talosd is stopping";
        service.set_state(state::DaemonState::stopping);
    });
    auto client = server.connect();
    const auto reply = client.post("/v1/workers/web/start?wait=10s");
    CHECK(reply.status == 409);
    CHECK(contains(reply.body, "\"code\":\"stopping\""));
    CHECK(contains(reply.body, "talosd is stopping"));
}

TEST_CASE("server: a reload is planned, refused or found invalid") {
    RunningServer server;
    auto client = server.connect();
    auto reply = client.post("/v1/reload?dryRun");
    CHECK(reply.status == 200);
    CHECK(contains(reply.body, "\"dryRun\":true"));

    server.with_service([](FakeService& service) {
        service.next_reload.what = api::ReloadAnswer::What::invalid;
        service.next_reload.errors = {"talos.json:4:7: /workers/web/comand: unknown key"};
    });
    reply = client.post("/v1/reload");
    CHECK(reply.status == 422);
    CHECK(contains(reply.body, "unknown key"));

    server.with_service([](FakeService& service) {
        service.next_reload.what = api::ReloadAnswer::What::refused;
        service.next_reload.refused = "talosd runs an ad hoc command";
    });
    reply = client.post("/v1/reload");
    CHECK(reply.status == 409);
    CHECK(contains(reply.body, "ad hoc"));
}

TEST_CASE("server: requests that came in one piece are answered one by one") {
    RunningServer server;
    auto client = server.connect();
    std::string many;
    for (int count = 0; count < 200; ++count) many += "GET /livez HTTP/1.1\r\nHost: talos\r\n\r\n";
    REQUIRE(client.send(many));
    for (int count = 0; count < 200; ++count) REQUIRE(client.reply().body == "ok\n");
}

TEST_CASE("server: who has closed only its own direction still gets the answer") {
    RunningServer server;
    auto client = server.connect();
    client.ask("GET /livez");
    client.shutdown_send();
    CHECK(contains(client.rest(), "\r\n\r\nok\n"));
}

TEST_CASE("server: HTTP/1.0 and Connection: close end the connection after the answer") {
    RunningServer server;
    auto old = server.connect();
    old.send("GET /livez HTTP/1.0\r\n\r\n");
    CHECK(contains(old.rest(), "Connection: close\r\n"));
    auto client = server.connect();
    client.ask("GET /livez", "Connection: close\r\n");
    CHECK(contains(client.rest(), "Connection: close\r\n"));
    CHECK(eventually([&] { return server.connections() == 0; }));
}

TEST_CASE("server: a body is encouraged when asked, read, and means nothing") {
    RunningServer server;
    auto client = server.connect();
    client.ask("POST /v1/shutdown", "Expect: 100-continue\r\nContent-Length: 5\r\n");
    CHECK(client.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    CHECK(client.reply().status == 202);
    auto chunked = server.connect();
    chunked.ask("POST /v1/shutdown", "Transfer-Encoding: chunked\r\n");
    CHECK(chunked.reply().status == 400);   // no request needs a body, least of all one of unknown length
    client.ask("POST /v1/shutdown", "Expect: a-miracle\r\nContent-Length: 5\r\n");
    CHECK(client.reply().status == 417);
}

TEST_CASE("server: what is no HTTP request is told so and closed") {
    RunningServer server;
    for (const std::string nonsense : {"\x16\x03\x01\x02 hello\r\n\r\n", "GET\r\n\r\n", "GET /livez HTTP/1.1\r\n\r\n",
                                       "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                                       "POST /v1/shutdown HTTP/1.1\r\nHost: a\r\n"
                                       "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        auto client = server.connect();
        client.send(nonsense);
        client.shutdown_send();
        CHECK(client.rest().starts_with("HTTP/1.1 400 "));
    }
    auto client = server.connect();
    client.send("GET /livez HTTP/3.0\r\nHost: a\r\n\r\n");
    client.shutdown_send();
    CHECK(client.rest().starts_with("HTTP/1.1 505 "));
    server.with_service([](FakeService& service) { CHECK(service.asked.empty()); });
}

TEST_CASE("metrics: others are answered while the processes of the machine are read") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.measures_on = true; });
    auto scraper = server.connect();
    scraper.ask("GET /metrics");
    CHECK(eventually([&] { return server.connections() == 1; }));
    for (int i = 0; i < 3; ++i) CHECK(server.connect().get("/livez").status == 200);
    server.with_service([](FakeService& service) { service.measures_on = false; });
    CHECK(scraper.reply().status == 200);
}

}   // namespace talos::http::test
