#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/net.hpp"
#include <algorithm>
#include <csignal>
#include <filesystem>

using namespace talos::test;

// Workers that depend on each other: who waits for whom, on the way up, on the way down, and when one of them fails.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string depends_on(const std::string& dependencies) { return R"("dependsOn": {)" + dependencies + "}"; }

std::string text_of(const boost::json::object& event, const char* key) {
    const auto* value = event.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// `db starting, db running, web starting`: what workers went through, in the order of the history.
std::vector<std::string> history(const Daemon& daemon) {
    std::vector<std::string> lines;
    for (const auto& event : daemon.events())
        if (!text_of(event, "worker").empty() && !text_of(event, "to").empty())
            lines.push_back(text_of(event, "worker") + " " + text_of(event, "to"));
    return lines;
}

/// Where the first such line stands; behind all of them when there is none.
std::size_t place(const std::vector<std::string>& lines, const std::string& line, std::size_t from = 0) {
    return static_cast<std::size_t>(std::find(lines.begin() + static_cast<std::ptrdiff_t>(from), lines.end(), line) -
                                    lines.begin());
}

/// Each of them is there, one after the other.
void check_order(const std::vector<std::string>& lines, const std::vector<std::string>& wanted) {
    CAPTURE(lines, wanted);
    std::size_t from = 0;
    for (const auto& line : wanted) {
        from = place(lines, line, from);
        CAPTURE(line);
        REQUIRE(from < lines.size());
    }
}

/// Up once the file is there.
std::string when_there(const std::string& name) {
    return R"("ready": {"exec": ["test", "-e", ")" + name + R"("], "interval": "20ms"})";
}

/// Ends with 0 if the file is there.
std::string one_shot(const std::string& name, const std::string& file, const std::string& more = {}) {
    return worker(name, {"test", "-e", file}, R"("restart": "never")" + more);
}

/// It is held back, for that reason once those that are on their way have got there.
void waits(const Daemon& daemon, const std::string& worker, const std::string& reason) {
    const auto view = daemon.worker_when(worker, [&](const auto& one) { return one.reason == reason; });
    CHECK(view.state == "stopped");
    CHECK(view.goal == "up");
    CHECK(view.pid == 0);
}

constexpr const char* at_once = R"("restart": {"delay": "0s", "resetAfter": "0s"})";

}   // namespace

TEST_CASE("dependsOn: a worker waits until those it depends on are there, and says for whom") {
    Daemon daemon(worker("web", sleeper(), depends_on(R"("api": "ready", "cache": "started")")) +
                  worker("api", sleeper(), depends_on(R"("db": "ready", "migrate": "completed")")) +
                  one_shot("migrate", "migrated", ", " + depends_on(R"("db": "ready")")) + worker("cache", sleeper()) +
                  worker("db", sleeper(), when_there("go")));
    daemon.start();
    waits(daemon, "web", "waiting for api (waiting) to be ready");
    waits(daemon, "api", "waiting for db to be ready, migrate (waiting) to complete");
    daemon.worker_in("db", "starting");
    const auto shown = daemon.ctl({"status"});
    CHECK(has(shown.out, "waiting for db to be ready, migrate (waiting) to complete"));
    CHECK(daemon.ctl({"status", "web"}).code == 3);
    CHECK(has(daemon.ctl({"why", "web"}).out, "waiting for api (waiting) to be ready"));
    write_text(daemon.path("migrated"), "");
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_in("web", "running").restarts == 0);
    check_order(history(daemon), {"db starting", "db running", "migrate starting", "migrate exited", "api starting",
                                  "api running", "web starting", "web running"});
    CHECK(daemon.worker_in("web", "running").reason.empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a redis is asked only once it answers") {
    Daemon daemon;
    const auto port = free_port();
    const auto address = "127.0.0.1:" + std::to_string(port);
    const std::string ask = "import socket,time; s = socket.create_connection(('127.0.0.1', " + std::to_string(port) +
                            ")); s.send(b'PING\\r\\n'); print(s.recv(7).decode().strip(), flush=True); time.sleep(120)";
    daemon.configure(worker("client", {"/usr/bin/python3", "-c", ask},
                            R"("log": {"format": "raw"}, "restart": "never", )" + depends_on(R"("redis": "ready")")) +
                     worker("redis",
                            {installed("redis-server"), "--port", std::to_string(port), "--bind", "127.0.0.1", "--save", "",
                             "--dir", daemon.path("")},
                            R"("ready": {"tcp": ")" + address + R"("})"));
    daemon.start();
    daemon.worker_in("client", "running");
    CHECK(eventually([&] { return daemon.worker_log("client") == "+PONG\n"; }));
    CHECK(daemon.stop() == 0);
    check_order(history(daemon), {"client stopping", "client stopped", "redis stopping", "redis stopped"});
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: all is stopped in reverse, each as soon as its dependents are gone") {
    // `slow` keeps only what it depends on waiting.
    Daemon daemon(worker("a", sleeper()) + worker("b", sleeper()) +
                  worker("slow", {program("ignore_term")}, stop_after("700ms") + ", " + depends_on(R"("a": "started")")) +
                  worker("quick", sleeper(), depends_on(R"("b": "started")")));
    daemon.start();
    const auto slow = daemon.worker_in("slow", "running");
    daemon.worker_in("quick", "running");
    REQUIRE(eventually([&] { return has(daemon.worker_log("slow"), "ready"); }));
    daemon.process().signal(SIGTERM);
    daemon.worker_in("b", "stopped");
    CHECK(alive(slow.pid));
    const auto waiting = daemon.worker_in("a", "running");
    CHECK(waiting.goal == "down");
    CHECK(waiting.reason == "to be stopped after slow");
    CHECK(daemon.process().wait() == 0);
    const auto lines = history(daemon);
    check_order(lines, {"quick stopped", "b stopping", "b stopped", "slow stopped", "a stopping", "a stopped"});
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: stopTimeout is the longest chain of plans") {
    Daemon daemon(worker("a", sleeper(), stop_after("10s")) +
                  worker("b", sleeper(), stop_after("20s") + ", " + depends_on(R"("a": "started")")) +
                  worker("c", sleeper(), stop_after("3s") + ", " + depends_on(R"("b": "started")")) +
                  worker("d", sleeper(), stop_after("25s")));
    daemon.start();
    CHECK(daemon.status()->at("stopTimeout").as_int64() == 38'000);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: asked to stop a second time, talosd waits for nobody") {
    Daemon daemon(worker("a", {program("ignore_term")}) + worker("b", {program("ignore_term")}, depends_on(R"("a": "started")")));
    daemon.start();
    for (const auto* name : {"a", "b"}) REQUIRE(eventually([&] { return has(daemon.worker_log(name), "ready"); }));
    daemon.process().signal(SIGTERM);
    daemon.worker_in("b", "stopping");
    CHECK(daemon.worker_in("a", "running").goal == "down");
    daemon.process().signal(SIGTERM);
    CHECK(daemon.process().wait() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: what a failure of the other does is what the config says") {
    Daemon daemon;
    const auto db = worker("db", sleeper(), when_there("go") + ", " + at_once);
    daemon.configure(db + worker("ignores", sleeper(), depends_on(R"("db": "ready")")) +
                     worker("stops", sleeper(), depends_on(R"("db": {"onFailure": "stop"})")) +
                     worker("restarts", sleeper(), depends_on(R"("db": {"onFailure": "restart"})")));
    write_text(daemon.path("go"), "");
    daemon.start();
    const auto ignores = daemon.worker_in("ignores", "running");
    const auto stops = daemon.worker_in("stops", "running");
    const auto restarts = daemon.worker_in("restarts", "running");
    std::filesystem::remove(daemon.path("go"));
    kill_main(daemon.worker_in("db", "running"));
    waits(daemon, "stops", "waiting for db to be ready");
    CHECK_FALSE(alive(stops.pid));
    CHECK(daemon.worker_in("restarts", "running").pid == restarts.pid);   // until the other is back
    write_text(daemon.path("go"), "");
    daemon.worker_after("stops", stops.pid);
    daemon.worker_after("restarts", restarts.pid);
    CHECK(daemon.worker_in("ignores", "running").pid == ignores.pid);
    bool told = false;
    for (const auto& event : daemon.events())
        told = told || (text_of(event, "worker") == "stops" && text_of(event, "cause") == "dependency" &&
                        text_of(event, "reason") == "db is no longer ready");
    CHECK(told);
    CHECK(daemon.worker_in("stops", "running").restarts == 0);   // no failure of its own
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: whoever dies while the other is down comes back when it is") {
    Daemon daemon(worker("db", sleeper(), when_there("go") + ", " + at_once) +
                  worker("web", sleeper(), std::string(at_once) + ", " + depends_on(R"("db": "ready")")));
    write_text(daemon.path("go"), "");
    daemon.start();
    const auto web = daemon.worker_in("web", "running");
    std::filesystem::remove(daemon.path("go"));
    kill_main(daemon.worker_in("db", "running"));
    daemon.worker_in("db", "starting");
    kill_main(web);
    waits(daemon, "web", "waiting for db to be ready");
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_after("web", web.pid).restarts == 1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a dependency that flaps leaves one of each, up, in the end") {
    Daemon daemon;
    daemon.configure(worker("db", shell("[ -e go ] && exec sleep 120; sleep 0.02; exit 1"),
                            R"("restart": {"delay": "10ms", "maxDelay": "10ms"})") +
                     worker("stops", sleeper(), depends_on(R"("db": {"condition": "started", "onFailure": "stop"})")) +
                     worker("restarts", sleeper(), depends_on(R"("db": {"condition": "started", "onFailure": "restart"})")));
    daemon.start();
    daemon.worker_when("db", [](const auto& view) { return view.restarts > 20; });
    write_text(daemon.path("go"), "");
    const auto db =
        daemon.worker_when("db", [](const auto& view) { return view.state == "running" && !has(view.reason, "waiting"); });
    REQUIRE(eventually([&] {
        const auto all = daemon.workers();
        return std::all_of(all.begin(), all.end(),
                           [](const auto& view) { return view.state == "running" && view.pid != 0 && alive(view.pid); });
    }));
    CHECK(eventually([&] { return daemon.worker_in("db", "running").restarts >= db.restarts; }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a start brings up those that it needs, a one-shot that failed included") {
    Daemon daemon(worker("web", sleeper(), R"("autostart": false, )" + depends_on(R"("db": "ready", "migrate": "completed")")) +
                  worker("db", sleeper(), R"("autostart": false)") + one_shot("migrate", "migrated", R"(, "autostart": false)") +
                  worker("apart", sleeper(), R"("autostart": false)"));
    daemon.start();
    CHECK(daemon.worker_in("web", "stopped").goal == "down");
    CHECK(daemon.ctl({"start", "web", "--timeout", "200ms"}).code != 0);
    daemon.worker_in("db", "running");
    CHECK(daemon.worker_in("migrate", "exited").exit_code == 1);
    waits(daemon, "web", "waiting for migrate (exited) to complete");
    write_text(daemon.path("migrated"), "");
    CHECK(daemon.ctl({"start", "web"}).code == 0);
    CHECK(daemon.worker_in("migrate", "exited").exit_code == 0);
    CHECK(daemon.worker_in("apart", "stopped").goal == "down");
    bool told = false;
    for (const auto& event : daemon.events())
        told = told || (text_of(event, "worker") == "db" && text_of(event, "cause") == "dependency");
    CHECK(told);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a stop of several takes the dependents first, in whatever order they are named") {
    Daemon daemon(worker("db", sleeper()) +
                  worker("web", {program("ignore_term")}, stop_after("300ms") + ", " + depends_on(R"("db": "ready")")));
    daemon.start();
    daemon.worker_in("web", "running");
    REQUIRE(eventually([&] { return has(daemon.worker_log("web"), "ready"); }));
    CHECK(daemon.ctl({"stop", "db", "web"}).code == 0);
    check_order(history(daemon), {"web stopping", "web stopped", "db stopping", "db stopped"});
    CHECK(daemon.ctl({"start", "web"}).code == 0);
    daemon.worker_in("db", "running");
    CHECK(daemon.ctl({"stop", "db"}).code == 0);   // nothing follows a failure of db: web does not hold it
    CHECK(daemon.worker_in("web", "running").goal == "up");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: whoever is to stop with the other stops before it, and a restart of the other takes it along") {
    Daemon daemon(worker("db", sleeper()) + worker("web", sleeper(), depends_on(R"("db": {"onFailure": "stop"})")));
    daemon.start();
    const auto web = daemon.worker_in("web", "running");
    CHECK(daemon.ctl({"restart", "db"}).code == 0);
    daemon.worker_after("web", web.pid);
    check_order(history(daemon),
                {"web stopping", "web stopped", "db stopping", "db starting", "db running", "web starting", "web running"});
    CHECK(daemon.ctl({"stop", "db"}).code == 0);
    waits(daemon, "web", "waiting for db (stopped) to be ready");
    CHECK(daemon.ctl({"stop", "web"}).code == 0);
    CHECK(daemon.worker_in("web", "stopped").goal == "down");
    CHECK(daemon.ctl({"start", "db"}).code == 0);
    CHECK(daemon.worker_in("web", "stopped").goal == "down");   // nobody wants it
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a reload changes it at once, and a cycle is refused with nothing changed") {
    const auto db = worker("db", sleeper(), when_there("go"));
    Daemon daemon(db + worker("web", sleeper(), depends_on(R"("db": "ready")")));
    daemon.start();
    waits(daemon, "web", "waiting for db to be ready");
    daemon.configure(worker("db", sleeper(), when_there("go") + ", " + depends_on(R"("web": "ready")")) +
                     worker("web", sleeper(), depends_on(R"("db": "ready")")));
    const auto refused = daemon.ctl({"reload"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "workers depend on each other in a cycle: db → web → db"));
    waits(daemon, "web", "waiting for db to be ready");
    daemon.configure(db + worker("web", sleeper()) + worker("late", sleeper(), depends_on(R"("db": "ready", "web": "ready")")));
    CHECK(daemon.ctl({"reload", "--no-wait"}).code == 0);
    daemon.worker_in("web", "running");
    waits(daemon, "late", "waiting for db to be ready");
    write_text(daemon.path("go"), "");
    daemon.worker_in("late", "running");
    daemon.configure(worker("late", sleeper()));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(daemon.workers().size() == 1);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: the tree in the terminal, the graph of the config") {
    Daemon daemon(
        worker("web", sleeper(), depends_on(R"("api": "ready", "db": {"condition": "started", "onFailure": "restart"})")) +
        worker("api", sleeper(), depends_on(R"("db": "ready")")) + worker("db", sleeper(), depends_on(R"("disk": "ready")")) +
        worker("disk", sleeper()) + worker("apart", sleeper()));
    daemon.start();
    daemon.worker_in("web", "running");
    const auto tree = daemon.ctl({"status", "--tree"}).out;
    std::vector<std::string> names;
    for (std::size_t at = tree.find('\n') + 1; at < tree.size(); at = tree.find('\n', at) + 1)
        names.push_back(tree.substr(at, tree.find("  r", at) - at));
    names.resize(7);
    for (auto& name : names) name.erase(name.find_last_not_of(' ') + 1);
    CHECK(names ==
          std::vector<std::string>{"web", "├─ api", "│  └─ db", "│     └─ disk", "└─ db (see above)", "apart", names.back()});
    CHECK(has(daemon.ctl({"config", "--graph"}).out, R"("web" -> "db" [label="started, on failure restart"];)"));
    CHECK(has(daemon.ctl({"config", "--graph", "mermaid"}).out, R"(w0 -->|"ready"| w1)"));
    CHECK(daemon.ctl({"config", "--graph", "png"}).code == 2);
    CHECK(daemon.stop() == 0);
}
