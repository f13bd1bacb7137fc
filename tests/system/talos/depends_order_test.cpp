#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/hook_file.hpp"
#include <algorithm>
#include <csignal>
#include <filesystem>

using namespace talos::test;

// Who depends on whom, while configs, numbers of instances and wishes change: nobody goes before those who need it, and nobody waits for ever.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string depends_on(const std::string& dependencies) { return R"("dependsOn": {)" + dependencies + "}"; }

std::string stops_with(const std::string& other, const std::string& condition = "ready") {
    return depends_on('"' + other + R"(": {"condition": ")" + condition + R"(", "onFailure": "stop"})");
}

/// Takes a moment to go down.
std::string slow(const std::string& name, const std::string& extra) {
    return worker(name, {program("ignore_term")}, stop_after("200ms") + ", " + extra);
}

bool says_ready(const Daemon& daemon, const std::string& name) {
    return eventually([&] { return has(daemon.worker_log(name), "ready"); });
}

/// Where the history says so for the last time; -1 for never.
std::ptrdiff_t last_place(const Daemon& daemon, const std::string& name, const std::string& to) {
    const auto events = daemon.events();
    const auto is_it = [&](const boost::json::object& event) {
        const auto* worker = event.if_contains("worker");
        const auto* state = event.if_contains("to");
        return worker != nullptr && state != nullptr && worker->as_string() == name && state->as_string() == to;
    };
    const auto found = std::find_if(events.rbegin(), events.rend(), is_it);
    return events.rend() - found - 1;
}

std::ptrdiff_t lines_with(const std::string& text, const std::string& part) {
    std::ptrdiff_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

constexpr const char* never_ready = R"("ready": {"notify": true, "timeout": "10m"})";

}   // namespace

TEST_CASE("dependsOn: a reload that also adds a worker restarts the other with those who stop with it") {
    const auto api = worker("api", sleeper(), stops_with("db"));
    const auto rest = worker("rest", sleeper(), depends_on(R"("db": {"onFailure": "restart"})"));
    Daemon daemon(worker("db", sleeper()) + api + rest);
    daemon.start();
    const auto before = daemon.worker_in("api", "running");
    const auto rest_before = daemon.worker_in("rest", "running");
    daemon.configure(worker("db", {"sleep", "121"}) + api + rest + worker("extra", sleeper()));
    CHECK(daemon.ctl({"reload", "--all-at-once"}).code == 0);
    daemon.worker_after("api", before.pid);
    daemon.worker_after("rest", rest_before.pid);
    CHECK(last_place(daemon, "api", "stopped") < last_place(daemon, "db", "stopping"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: whoever came to depend on the other while it was not there goes with it all the same") {
    Daemon daemon(worker("db", sleeper(), never_ready) + worker("api", sleeper()));
    daemon.start();
    daemon.worker_in("api", "running");
    daemon.configure(worker("db", sleeper(), never_ready) + worker("api", sleeper(), stops_with("db")));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(daemon.worker_in("api", "running").goal == "up");
    CHECK(daemon.ctl({"stop", "db"}).code == 0);
    daemon.worker_in("api", "stopped");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a oneshot that remains up and others wait to be completed can be stopped and restarted") {
    Daemon daemon(worker("mig", {"true"}, R"("kind": "oneshot", "remainUp": true)") +
                  worker("web", sleeper(), stops_with("mig", "completed")));
    daemon.start();
    const auto web = daemon.worker_in("web", "running");
    CHECK(daemon.ctl({"restart", "mig"}).code == 0);
    CHECK(daemon.worker_in("web", "running").pid == web.pid);   // a further run takes nothing back
    CHECK(daemon.ctl({"stop", "mig"}).code == 0);
    CHECK(daemon.worker_in("web", "stopped").goal == "up");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a oneshot that is done stands between others in the order of a stop") {
    Daemon daemon(worker("db", sleeper()) +
                  worker("net", {"true"}, R"("kind": "oneshot", "remainUp": true, )" + depends_on(R"("db": "ready")")) +
                  slow("web", depends_on(R"("net": "ready")")));
    daemon.start();
    REQUIRE(says_ready(daemon, "web"));
    CHECK(daemon.stop() == 0);
    CHECK(last_place(daemon, "web", "stopped") < last_place(daemon, "net", "stopped"));
    CHECK(last_place(daemon, "net", "stopped") < last_place(daemon, "db", "stopping"));
}

TEST_CASE("dependsOn: those who stop with each other do so one after the other, and come back the other way round") {
    Daemon daemon(worker("db", sleeper()) + worker("api", sleeper(), stops_with("db")) + slow("web", stops_with("api")));
    daemon.start();
    const auto web = daemon.worker_in("web", "running");
    REQUIRE(says_ready(daemon, "web"));
    const auto verb = GENERATE(as<std::string>{}, "stop", "restart");
    CHECK(daemon.ctl({verb, "db"}).code == 0);
    if (verb == "restart") daemon.worker_after("web", web.pid);
    else daemon.worker_in("web", "stopped");
    CHECK(last_place(daemon, "web", "stopped") < last_place(daemon, "api", "stopping"));
    CHECK(last_place(daemon, "api", "stopped") < last_place(daemon, "db", "stopping"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a stop of the other ends the preStart of whoever stops with it") {
    Daemon daemon(worker("db", sleeper()) +
                  worker("api", sleeper(), stops_with("db") + ", " + hooks({{"preStart", "exec sleep 120"}})));
    daemon.start();
    daemon.worker_when("api", [](const auto& view) { return view.reason == "waiting for preStart to end"; });
    CHECK(daemon.ctl({"stop", "db"}).code == 0);
    const auto api =
        daemon.worker_when("api", [](const auto& view) { return view.reason == "waiting for db (stopped) to be ready"; });
    CHECK(api.state == "stopped");
    CHECK(last_place(daemon, "api", "stopped") < last_place(daemon, "db", "stopping"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a worker that is added while it has to wait runs no preStart before its time") {
    Daemon daemon(worker("db", sleeper(), never_ready) +
                  worker("web", sleeper(),
                         R"("instances": 0, )" + depends_on(R"("db": "ready")") + ", " + hooks({{"preStart", "echo x >> ran"}})));
    daemon.start();
    daemon.worker_in("db", "starting");
    CHECK(daemon.ctl({"scale", "web=1", "--no-wait"}).code == 0);
    const auto web = daemon.worker_when("web-1", [](const auto& view) { return view.reason == "waiting for db to be ready"; });
    CHECK(web.state == "stopped");
    CHECK(read_text(daemon.path("ran")).empty());
    CHECK(last_place(daemon, "web-1", "starting") == -1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a roll over changed workers begins with those that others depend on, and does not wait for one that waits "
          "itself") {
    const auto db = [](const std::string& well) {
        const auto health =
            R"("health": {"exec": ["sh", "-c", "test -n \"$WELL\""], "interval": "20ms", "failures": 1, "action": "mark"})";
        return worker("zdb", sleeper(), R"("env": {"WELL": ")" + well + "\"}, " + health);
    };
    const auto web = [](const std::string& seconds) {
        return worker("web", {"sleep", seconds}, depends_on(R"("zdb": "healthy")"));
    };
    Daemon daemon(web("120") + db(""));
    daemon.start();
    daemon.worker_when("web", [](const auto& view) { return view.reason == "waiting for zdb to be healthy"; });
    daemon.configure(web("121") + db("yes"));
    CHECK(daemon.ctl({"reload"}).code == 0);
    daemon.worker_in("web", "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: whoever is asked up is told at once that the other has given up") {
    Daemon daemon(worker("mig", {"false"}, R"("kind": "oneshot", "restart": "never")") +
                  worker("api", sleeper(), depends_on(R"("mig": "completed")")) +
                  worker("web", sleeper(), depends_on(R"("api": "ready")")));
    daemon.start();
    daemon.worker_in("mig", "exited");
    const auto started = daemon.ctl({"start", "api"});
    CHECK(started.code == 1);
    CHECK(has(started.err, "api: stopped, waiting for mig (exited) to complete"));
    CHECK(daemon.ctl({"start", "web"}).code == 1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: workers that need each other in very many ways are up as soon as others") {
    std::string workers;   // 20 levels of 3, each of which needs all of the level before: 3 to the power of 19 ways
    for (int level = 0; level < 20; ++level) {
        std::string needs;
        for (int i = 0; level > 0 && i < 3; ++i)
            needs +=
                std::string(i > 0 ? ", " : "") + "\"w" + std::to_string(level - 1) + "." + std::to_string(i) + R"(": "started")";
        const std::string autostart = level == 19 ? R"("autostart": true, )" : R"("autostart": false, )";
        for (int i = 0; i < 3; ++i)
            workers += worker("w" + std::to_string(level) + "." + std::to_string(i), sleeper(), autostart + depends_on(needs));
    }
    Daemon daemon(workers);
    daemon.start();
    daemon.worker_in("w19.0", "running");
    CHECK(daemon.worker_in("w0.2", "running").goal == "up");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

// --- one order, whatever makes talosd stop or restart a worker -------------------------------------------------------

namespace {

/// `onFailure: stop`, and it takes a moment to go down.
std::string top(const std::string& condition) { return slow("top", stops_with("mid", condition)); }

bool went_down_first(const Daemon& daemon, const std::string& first, const std::string& then) {
    return last_place(daemon, first, "stopped") != -1 &&
           last_place(daemon, first, "stopped") < last_place(daemon, then, "stopping");
}

}   // namespace

TEST_CASE("dependsOn: a worker that is restarted since its dependency came back stops after those that depend on it") {
    Daemon daemon(worker("db", sleeper()) +
                  worker("mid", sleeper(), depends_on(R"("db": {"condition": "ready", "onFailure": "restart"})")) + top("ready"));
    daemon.start();
    REQUIRE(says_ready(daemon, "top"));
    const auto mid = daemon.worker_in("mid", "running");
    const auto before = daemon.worker_in("top", "running");
    CHECK(daemon.ctl({"restart", "db"}).code == 0);
    daemon.worker_after("mid", mid.pid);
    daemon.worker_after("top", before.pid);
    CHECK(went_down_first(daemon, "top", "mid"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: an unhealthy worker is restarted after those that depend on it have stopped, and the history says both") {
    Daemon daemon;
    const auto bad = daemon.path("bad");
    daemon.configure(
        worker("mid", sleeper(),
               R"("health": {"exec": ["sh", "-c", "test ! -e )" + bad + R"("], "interval": "20ms", "failures": 1})") +
        top("started"));
    daemon.start();
    REQUIRE(says_ready(daemon, "top"));
    const auto mid = daemon.worker_in("mid", "running");
    const auto before = daemon.worker_in("top", "running");
    write_text(bad, "");
    REQUIRE(eventually([&] { return last_place(daemon, "mid", "stopping") != -1; }));
    std::filesystem::remove(bad);
    daemon.worker_after("mid", mid.pid);
    daemon.worker_after("top", before.pid);
    CHECK(went_down_first(daemon, "top", "mid"));
    const auto events = daemon.events();
    const auto& stopping = events.at(static_cast<std::size_t>(last_place(daemon, "mid", "stopping")));
    CHECK(stopping.at("cause").as_string() == "unhealthy");
    CHECK(has(std::string(stopping.at("reason").as_string()), "unhealthy: exec"));
    CHECK(daemon.worker_in("mid", "running").restarts > 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a worker that is not ready in time stops after those that depend on it") {
    Daemon daemon(worker("mid", sleeper(), R"("restart": {"limit": 1}, "ready": {"notify": true, "timeout": "2s"})") +
                  top("started"));
    daemon.start();
    REQUIRE(says_ready(daemon, "top"));
    daemon.worker_in("mid", "fatal");
    CHECK(went_down_first(daemon, "top", "mid"));
    const auto events = daemon.events();
    CHECK(events.at(static_cast<std::size_t>(last_place(daemon, "mid", "stopping"))).at("cause").as_string() == "timeout");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a worker that becomes a group is lost to those that depend on it, and so the other way round") {
    const auto on_failure = GENERATE(as<std::string>{}, "stop", "restart");
    const auto app = slow("app", depends_on(R"("web": {"condition": "ready", "onFailure": ")" + on_failure + "\"}"));
    const auto one = worker("web", sleeper());
    const auto group = worker("web", sleeper(), R"("instances": 2)");
    Daemon daemon(one + app);
    daemon.start();
    REQUIRE(says_ready(daemon, "app"));
    auto before = daemon.worker_in("app", "running");
    for (const auto& [config, gone] : {std::pair{group, "web"}, std::pair{one, "web-1"}}) {
        INFO("gone: " << gone);
        daemon.configure(config + app);
        CHECK(daemon.ctl({"reload"}).code == 0);
        before = daemon.worker_after("app", before.pid);
        if (on_failure == "stop") CHECK(last_place(daemon, "app", "stopped") < last_place(daemon, gone, "stopping"));
        REQUIRE(
            eventually([&] { return lines_with(daemon.worker_log("app"), "ready") == (std::string(gone) == "web" ? 2 : 3); }));
    }
    daemon.configure(worker("web", sleeper(), R"("instances": 3)") + app);
    CHECK(daemon.ctl({"reload"}).code == 0);
    before = daemon.worker_after("app", before.pid);
    daemon.configure(group + app);
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(daemon.worker_in("app", "running").pid == before.pid);   // one instance fewer is no loss
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
