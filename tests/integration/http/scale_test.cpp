#include "running_server.hpp"

namespace talos::http::test {

namespace {

using worker::State;

void add_group(RunningServer& server, const std::string& name, std::uint32_t count) {
    server.with_service([&](FakeService& service) {
        for (std::uint32_t index = 1; index <= count; ++index)
            service.add(name + "-" + std::to_string(index), State::running).status.group = name;
        service.known_groups.push_back({name, count, count});
    });
}

void wait_until_asked(RunningServer& server, std::size_t times) {
    REQUIRE(eventually([&] { return server.with_service([&](FakeService& service) { return service.asked.size() >= times; }); }));
}

}   // namespace

TEST_CASE("scale: the answer comes when those that come are up and those that go are gone") {
    RunningServer server;
    add_group(server, "web", 1);
    add_group(server, "api", 2);
    auto client = server.connect();
    client.ask("POST /v1/workers/web,api/scale?instances=2,1&wait=20s");
    wait_until_asked(server, 4);
    server.with_service([](FakeService& service) { service.set("web-2", State::running); });
    server.with_service([](FakeService& service) { service.remove("api-2"); });
    const auto reply = client.reply();
    CHECK(reply.status == 200);
    CHECK(reply.body.starts_with(
        R"({"groups":[{"group":"web","before":1,"instances":2,"configured":1},{"group":"api","before":2,"instances":1,"configured":2}],"reached":true,"results":[)"));
    CHECK(contains(reply.body, R"({"worker":"web-2","outcome":"reached","state":"running")"));
    CHECK(contains(reply.body, R"({"worker":"api-2","outcome":"reached","state":"removed"})"));
}

TEST_CASE("scale: without a wait it says how far it is, and what is as it was asks nothing of anybody") {
    RunningServer server;
    add_group(server, "web", 2);
    auto client = server.connect();
    const auto up = client.post("/v1/workers/web/scale?instances=3");
    CHECK(up.status == 202);
    CHECK(contains(up.body, R"({"worker":"web-3","outcome":"pending")"));
    const auto same = client.post("/v1/workers/web/scale?instances=3&wait=20s");
    CHECK(same.status == 200);
    CHECK(same.body ==
          "{\"groups\":[{\"group\":\"web\",\"before\":3,\"instances\":3,\"configured\":2}],\"reached\":true,\"results\":[]}\n");
}

TEST_CASE("scale: a number is saved, and the config's takes its place again") {
    RunningServer server;
    add_group(server, "web", 2);
    auto client = server.connect();
    CHECK(contains(client.post("/v1/workers/web/scale?instances=3&save").body,
                   R"("before":2,"instances":3,"configured":2,"saved":3})"));
    CHECK(contains(client.post("/v1/workers/web/scale?instances=config").body, R"("before":3,"instances":2,"configured":2})"));
    server.with_service([](FakeService& service) {
        REQUIRE(service.asked.size() == 4);
        CHECK(service.asked[0].starts_with("scale web 3 saved by "));
        CHECK(service.asked[2].starts_with("scale web 2 by "));
    });
}

TEST_CASE("scale: what has no instances, or is nobody, changes nothing of the others either") {
    RunningServer server;
    add_group(server, "web", 1);
    server.with_service([](FakeService& service) { service.add("db", State::running); });
    auto client = server.connect();
    const auto plain = client.post("/v1/workers/web,db/scale?instances=2");
    CHECK(plain.status == 409);
    CHECK(contains(plain.body, "\"code\":\"no-instances\""));
    CHECK(contains(plain.body, "db cannot be scaled"));
    CHECK(contains(client.post("/v1/workers/web-1/scale?instances=2").body, "web-1 is one of the instances of web: scale that"));
    const auto unknown = client.post("/v1/workers/web,wbe/scale?instances=2");
    CHECK(unknown.status == 404);
    CHECK(contains(unknown.body, "did you mean \\\"web\\\"?"));
    CHECK(client.post("/v1/workers/all/scale?instances=2").status == 404);   // a number for each is to be meant
    server.with_service([](FakeService& service) {
        CHECK(service.asked.empty());
        service.refuse_with = "talosd is stopping";
    });
    const auto refused = client.post("/v1/workers/web/scale?instances=2");
    CHECK(refused.status == 409);
    CHECK(contains(refused.body, "\"code\":\"refused\""));
    CHECK(contains(refused.body, "talosd is stopping"));
}

TEST_CASE("scale: the name that means instances is one wherever workers are named, and a list also when there is but one") {
    RunningServer server;
    add_group(server, "web", 2);
    add_group(server, "api", 1);
    server.with_service([](FakeService& service) { service.output("api-1", "2026-01-29T00:31:10Z stdout F hello\n"); });
    auto client = server.connect();
    CHECK(contains(client.get("/v1/workers/web").body, "\"name\":\"web-2\",\"group\":\"web\""));
    CHECK(client.get("/v1/workers/api").body.starts_with("{\"workers\":["));
    CHECK(client.get("/v1/workers/api-1").body.starts_with("{\"name\":\"api-1\""));
    CHECK(client.post("/v1/workers/web/stop").status == 202);
    CHECK(contains(client.get("/v1/workers/api/logs").body, "hello"));
    server.with_service([](FakeService& service) {
        service.output("web-1", "one\n");
        service.output("web-2", "two\n");
    });
    CHECK(client.get("/v1/workers/web/logs").body == "web-1 one\nweb-2 two\n");
    server.with_service([](FakeService& service) {
        CHECK(service.asked == std::vector<std::string>{"stop web-1 by " + std::to_string(::geteuid()),
                                                        "stop web-2 by " + std::to_string(::geteuid())});
    });
}

}   // namespace talos::http::test
