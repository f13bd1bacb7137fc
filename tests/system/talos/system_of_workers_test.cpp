#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/hook_file.hpp"
#include <algorithm>
#include <csignal>
#include <filesystem>

using namespace talos::test;

// Dependencies together with all that makes workers ready, healthy, done and many.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string depends_on(const std::string& dependencies) { return R"("dependsOn": {)" + dependencies + "}"; }

/// Where the first line of the history stands that says so of the worker, from there on; behind all lines when there is none.
std::size_t place(const Daemon& daemon, const std::string& name, const std::string& to, std::size_t from = 0) {
    const auto events = daemon.events();
    for (std::size_t i = from; i < events.size(); ++i) {
        const auto* worker = events[i].if_contains("worker");
        const auto* state = events[i].if_contains("to");
        if (worker != nullptr && state != nullptr && worker->as_string() == name && state->as_string() == to) return i;
    }
    return events.size();
}

void waits(const Daemon& daemon, const std::string& worker, const std::string& reason) {
    const auto view = daemon.worker_when(worker, [&](const auto& one) { return one.reason == reason; });
    CHECK(view.state == "stopped");
    CHECK(view.goal == "up");
}

constexpr const char* at_once = R"("restart": {"delay": "0s", "resetAfter": "0s"})";

}   // namespace

TEST_CASE("dependsOn healthy: a worker waits for the other's health, and follows when it is lost") {
    Daemon daemon(worker("db", sleeper(),
                         R"("health": {"exec": ["test", "-e", "well"], "interval": "20ms", "failures": 1, "action": "mark"})") +
                  worker("web", sleeper(), depends_on(R"("db": {"condition": "healthy", "onFailure": "stop"})")));
    daemon.start();
    daemon.worker_in("db", "running");
    waits(daemon, "web", "waiting for db to be healthy");
    write_text(daemon.path("well"), "");
    const auto web = daemon.worker_in("web", "running");
    std::filesystem::remove(daemon.path("well"));
    waits(daemon, "web", "waiting for db to be healthy");
    CHECK_FALSE(alive(web.pid));
    write_text(daemon.path("well"), "");
    daemon.worker_after("web", web.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn healthy: of a worker without health it is an error") {
    const Daemon daemon(worker("db", sleeper()) + worker("web", sleeper(), depends_on(R"("db": "healthy")")));
    const auto checked = daemon.ctl({"config", "--validate"});
    CHECK(checked.code == 1);
    CHECK(has(checked.err, R"("db" has no "health", so it never becomes healthy)"));
}

TEST_CASE("dependsOn: a oneshot that remains up is ready when it is done, and goes down after those who need it") {
    Daemon daemon(worker("net", {"test", "-e", "net"}, R"("kind": "oneshot", "remainUp": true, "restart": "never")") +
                  worker("web", {program("ignore_term")}, stop_after("200ms") + ", " + depends_on(R"("net": "ready")")));
    daemon.start();
    waits(daemon, "web", "waiting for net (exited) to be ready");
    write_text(daemon.path("net"), "");
    CHECK(daemon.ctl({"start", "web"}).code == 0);
    CHECK(daemon.worker_in("net", "running").pid == 0);
    REQUIRE(eventually([&] { return has(daemon.worker_log("web"), "ready"); }));
    CHECK(daemon.ctl({"stop", "net", "web"}).code == 0);
    CHECK(place(daemon, "web", "stopped", place(daemon, "web", "running")) < place(daemon, "net", "stopped"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a dependency is stopped after the postStop of its dependents") {
    Daemon daemon(worker("db", sleeper()) + worker("web", sleeper(),
                                                   depends_on(R"("db": "ready")") + ", " +
                                                       hooks({{"postStop", "while ! [ -e go ]; do sleep 0.01; done"}})));
    daemon.start();
    daemon.worker_in("web", "running");
    daemon.process().signal(SIGTERM);
    daemon.worker_when("web", [](const auto& view) { return view.reason == "waiting for postStop to end"; });
    CHECK(daemon.worker_in("db", "running").reason == "to be stopped after web");
    write_text(daemon.path("go"), "");
    CHECK(daemon.process().wait() == 0);
    CHECK(place(daemon, "web", "stopped", place(daemon, "web", "stopping")) < place(daemon, "db", "stopping"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: when what it needs is lost during its preStart, a worker is not spawned") {
    Daemon daemon(
        worker("db", sleeper(), R"("ready": {"exec": ["test", "-e", "up"], "interval": "20ms"}, )" + std::string(at_once)) +
        worker("web", sleeper(),
               depends_on(R"("db": "ready")") + ", " + hooks({{"preStart", "while ! [ -e go ]; do sleep 0.01; done"}})));
    write_text(daemon.path("up"), "");
    daemon.start();
    daemon.worker_when("web",
                       [](const auto& view) { return view.state == "starting" && view.reason == "waiting for preStart to end"; });
    std::filesystem::remove(daemon.path("up"));
    kill_main(daemon.worker_in("db", "running"));
    daemon.worker_in("db", "starting");
    write_text(daemon.path("go"), "");
    waits(daemon, "web", "waiting for db to be ready");
    CHECK(daemon.worker_in("web", "stopped").pid == 0);
    write_text(daemon.path("up"), "");
    CHECK(daemon.worker_in("web", "running").restarts == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: preStop runs also when the stop has waited for dependents") {
    Daemon daemon(worker("db", sleeper(), hooks({{"preStop", "echo drained > drained"}})) +
                  worker("web", sleeper(), depends_on(R"("db": {"onFailure": "stop"})")));
    daemon.start();
    daemon.worker_in("web", "running");
    CHECK(daemon.ctl({"stop", "db"}).code == 0);
    CHECK(read_text(daemon.path("drained")) == "drained\n");
    CHECK(place(daemon, "web", "stopping") < place(daemon, "db", "stopping"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a group means all of its instances, also those that scale makes, and those that it takes are no loss") {
    const auto ready = [](const std::string& file) {
        return R"("ready": {"exec": ["test", "-e", ")" + file + R"("], "interval": "20ms"})";
    };
    Daemon daemon(worker("node", sleeper(), R"("instances": 2, )" + ready("up-{index}")) +
                  worker("lb", sleeper(), depends_on(R"("node": {"onFailure": "stop"})")));
    write_text(daemon.path("up-1"), "");
    daemon.start();
    waits(daemon, "lb", "waiting for node-2 to be ready");
    write_text(daemon.path("up-2"), "");
    const auto lb = daemon.worker_in("lb", "running");
    CHECK(daemon.ctl({"scale", "node=3", "--no-wait"}).code == 0);
    daemon.worker_in("node-3", "starting");
    CHECK(daemon.worker_in("lb", "running").pid == lb.pid);   // what was not there yet cannot be lost
    CHECK(daemon.ctl({"scale", "node=1"}).code == 0);
    CHECK(daemon.worker_in("lb", "running").pid == lb.pid);
    CHECK(daemon.ctl({"restart", "lb"}).code == 0);
    const auto tree = daemon.ctl({"status", "--tree"}).out;
    CHECK(has(tree, "└─ node-1"));
    CHECK(has(daemon.ctl({"config", "--graph"}).out, R"("lb" -> "node-2")"));
    CHECK(daemon.stop() == 0);
    CHECK(place(daemon, "lb", "stopped", place(daemon, "lb", "stopping")) < place(daemon, "node-1", "stopping"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE(
    "dependsOn: a worker that a reload adds brings up whom it needs, and one that it removes is no loss to those who stay") {
    const auto db = worker("db", sleeper(), R"("autostart": false)");
    Daemon daemon(db + worker("web", sleeper(), depends_on(R"("old": {"onFailure": "stop"})")) +
                  worker("old", {program("ignore_term")}, stop_after("300ms")));
    daemon.start();
    const auto web = daemon.worker_in("web", "running");
    daemon.configure(db + worker("web", sleeper()) + worker("new", sleeper(), depends_on(R"("db": "ready")")));
    CHECK(daemon.ctl({"reload"}).code == 0);
    daemon.worker_in("new", "running");
    daemon.worker_in("db", "running");
    CHECK(daemon.worker_in("web", "running").pid == web.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
