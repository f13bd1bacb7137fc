#include "stranger.hpp"
#include <sys/prctl.h>

namespace talos::http::test {

TEST_CASE("rights: a stranger may ask whether talosd lives, and nothing else, and is written down") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    RunningServer server({}, 0666);
    REQUIRE(::chmod(server.directory.path().c_str(), 0711) == 0);
    server.with_service([](FakeService& service) { service.add("web", worker::State::running); });
    const auto replies =
        as_stranger(server.path, {"GET /livez", "GET /v1/status", "GET /v1/workers/web", "POST /v1/workers/web/stop",
                                  "GET /v1/events", "GET /metrics", "POST /v1/shutdown", "POST /v1/reload",
                                  "GET /v1/workers/web/logs", "POST /v1/workers/web/scale?instances=1"});
    REQUIRE(replies.size() == 10);
    CHECK(replies[0].status == 200);
    for (std::size_t index = 1; index < replies.size(); ++index) {
        CAPTURE(index);
        CHECK(replies[index].status == 403);
        CHECK(contains(replies[index].body, "\"code\":\"not-allowed\""));
        CHECK(contains(replies[index].body, "65534"));
    }
    server.with_service([](FakeService& service) {
        CHECK(service.asked.empty());
        REQUIRE(service.refusals.size() == 9);
        CHECK(service.refusals[2] == "65534 POST /v1/workers/web/stop");
    });
}

TEST_CASE("rights: the access list decides who sees and steers which workers") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    RunningServer server({}, 0666);
    REQUIRE(::chmod(server.directory.path().c_str(), 0711) == 0);
    server.with_service([](FakeService& service) {
        service.add("web-1", worker::State::running);
        service.add("web-2", worker::State::running);
        service.add("db", worker::State::running);
    });
    using May = config::AccessRule::May;
    let(server, {rule(May::read, "web-*"), rule(May::control, "web-1")});
    const auto replies = as_stranger(server.path, {"GET /v1/workers", "GET /v1/workers/db", "POST /v1/workers/web-1/stop",
                                                   "POST /v1/workers/web-2/stop", "POST /v1/workers/all/stop",
                                                   "POST /v1/workers/db/stop", "GET /v1/events"});
    REQUIRE(replies.size() == 7);
    CHECK(replies[0].status == 200);
    CHECK(contains(replies[0].body, "web-2"));
    CHECK_FALSE(contains(replies[0].body, "db"));
    CHECK(replies[1].status == 404);
    CHECK(replies[2].status == 202);
    CHECK(replies[3].status == 403);
    CHECK(replies[4].status == 403);
    CHECK(replies[5].status == 404);
    CHECK(replies[6].status == 403);
    server.with_service([](FakeService& service) { CHECK(service.asked == std::vector<std::string>{"stop web-1 by 65534"}); });
}

TEST_CASE("rights: to scale takes control of all instances that there are and would be") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    RunningServer server({}, 0666);
    REQUIRE(::chmod(server.directory.path().c_str(), 0711) == 0);
    server.with_service([](FakeService& service) {
        for (const std::string group : {"web", "api", "db", "hid"}) {
            service.add(group + "-1", worker::State::running).status.group = group;
            service.known_groups.push_back({group, 1});
        }
    });
    using May = config::AccessRule::May;
    let(server, {rule(May::control, "web"), rule(May::control, "api-*"), rule(May::control, "db-1")});
    const auto replies =
        as_stranger(server.path, {"POST /v1/workers/web,api/scale?instances=2,3", "POST /v1/workers/db/scale?instances=2",
                                  "POST /v1/workers/db/scale?instances=1", "POST /v1/workers/db/scale?instances=0",
                                  "POST /v1/workers/web,hid/scale?instances=0", "POST /v1/workers/web/stop", "GET /v1/workers/db",
                                  "GET /v1/workers/hid"});
    REQUIRE(replies.size() == 8);
    CHECK(replies[0].status == 202);
    CHECK(replies[1].status == 403);
    CHECK(contains(replies[1].body, "may not control db-2"));
    CHECK(replies[2].status == 202);
    CHECK(replies[3].status == 202);
    CHECK(replies[4].status == 404);   // what it may not see is not told, and nothing was done
    CHECK(contains(replies[4].body, "no worker \\\"hid\\\" with instances"));
    CHECK(replies[5].status == 202);
    CHECK(replies[6].status == 200);
    CHECK(replies[7].status == 404);
    server.with_service([](FakeService& service) {
        CHECK(service.asked == std::vector<std::string>{"scale web 2 by 65534", "start web-2 by 65534", "scale api 3 by 65534",
                                                        "start api-2 by 65534", "start api-3 by 65534", "scale db 1 by 65534",
                                                        "scale db 0 by 65534", "stop db-1 by 65534", "stop web-1 by 65534",
                                                        "stop web-2 by 65534"});
    });
}

TEST_CASE("rights: a storm of refusals does not fill the history") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    RunningServer server({}, 0666);
    REQUIRE(::chmod(server.directory.path().c_str(), 0711) == 0);
    const auto replies = as_stranger(server.path, std::vector<std::string>(200, "POST /v1/shutdown"));
    CHECK(replies.size() == 200);
    server.with_service([](FakeService& service) {
        CHECK(service.refusals.size() >= 20);
        CHECK(service.refusals.size() < 100);
    });
}

TEST_CASE("rights: a user that commands without end waits for its turn and the owner does not") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    RunningServer server({}, 0666);
    REQUIRE(::chmod(server.directory.path().c_str(), 0711) == 0);
    server.with_service([](FakeService& service) {
        for (int number = 1; number <= 150; ++number) service.add("web-" + std::to_string(number), worker::State::running);
    });
    let(server, {rule(config::AccessRule::May::control, "*")});
    CHECK(as_stranger(server.path, {"POST /v1/workers/*/restart"}).front().status == 202);   // all at once, for once
    const auto commands = [&] {
        std::size_t count = 0;
        server.with_service([&](FakeService& service) { count = service.asked.size(); });
        return count;
    };
    REQUIRE(commands() == 150);
    const StrangersCurl waiting(server.path, "POST /v1/workers/web-1/restart");
    CHECK(eventually([&] { return server.connections() == 1; }));
    CHECK(as_stranger(server.path, {"GET /v1/workers/web-1"}).front().status == 200);
    CHECK(commands() == 150);
    CHECK(server.connect().post("/v1/workers/web-1/restart").status == 202);
    CHECK(commands() == 151);
}

TEST_CASE("rights: the name of a program that commands is noted without control characters") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web", worker::State::running); });
    char before[16] = {};
    REQUIRE(::prctl(PR_GET_NAME, before, 0, 0, 0) == 0);
    REQUIRE(::prctl(PR_SET_NAME, "r\n\x1b[41mFORGED", 0, 0, 0) == 0);
    CHECK(server.connect().post("/v1/workers/web/stop").status == 202);
    REQUIRE(::prctl(PR_SET_NAME, before, 0, 0, 0) == 0);
    server.with_service([](FakeService& service) { CHECK(service.last_asker.program == "r  [41mFORGED"); });
}

TEST_CASE("rights: a new access list leaves the owner's streams alone") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web", worker::State::running); });
    auto events = server.connect();
    events.ask("GET /v1/events?follow");
    events.read_head();
    (void)events.chunk();
    let(server, {});   // the owner keeps all of its own
    server.with_service([](FakeService& service) { service.event("web"); });
    CHECK(contains(events.chunk(), "id: 1\n"));
}

TEST_CASE("rights: a stranger's streams end with the rights to them") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    RunningServer server({}, 0666);
    REQUIRE(::chmod(server.directory.path().c_str(), 0711) == 0);
    server.with_service([](FakeService& service) {
        service.add("web", worker::State::running);
        service.output("web", "hello\n");
    });
    let(server, {rule(config::AccessRule::May::read, "*")});
    StrangersCurl logs(server.path, "GET /v1/workers/web/logs?follow=1");
    REQUIRE(logs.shows("hello"));
    StrangersCurl events(server.path, "GET /v1/events?follow=1&since=0");
    server.with_service([](FakeService& service) { service.event("web"); });
    REQUIRE(events.shows("id: 1"));
    let(server, {});
    CHECK(contains(logs.rest(), "hello"));
    CHECK(contains(events.rest(), "id: 1"));
    server.with_service([](FakeService& service) { CHECK(service.refusals.empty()); });
}

TEST_CASE("rights: who asked is known by its program") {
    RunningServer server;
    server.with_service([](FakeService& service) { service.add("web", worker::State::running); });
    auto client = server.connect();
    CHECK(client.post("/v1/workers/web/stop").status == 202);
    server.with_service([](FakeService& service) {
        CHECK(service.last_asker.uid == ::getuid());
        CHECK(service.last_asker.pid == ::getpid());
        CHECK(std::string("integration_http").starts_with(service.last_asker.program));
        CHECK(service.last_asker.program.size() > 3);
    });
}

}   // namespace talos::http::test
