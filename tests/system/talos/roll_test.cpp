#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

using namespace talos::test;

// Restarts one after the other where workers depend on each other.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string depends_on(const std::string& name, const std::string& on_failure, const std::string& condition = "ready") {
    return R"("dependsOn": {")" + name + R"(": {"condition": ")" + condition + R"(", "onFailure": ")" + on_failure + "\"}}";
}

std::string text_of(const boost::json::object& event, const char* key) {
    const auto* value = event.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::int64_t sequence_now(const Daemon& daemon) { return daemon.events().back().at("sequence").to_number<std::int64_t>(); }

/// `db stopping, db starting, db running`: since that line of the history.
std::vector<std::string> since(const Daemon& daemon, std::int64_t sequence) {
    std::vector<std::string> lines;
    for (const auto& event : daemon.events())
        if (event.at("sequence").to_number<std::int64_t>() > sequence && !text_of(event, "worker").empty() &&
            !text_of(event, "to").empty() && text_of(event, "to") != text_of(event, "from"))
            lines.push_back(text_of(event, "worker") + " " + text_of(event, "to"));
    return lines;
}

std::vector<std::string> rolled(const std::vector<std::string>& names) {
    std::vector<std::string> lines;
    for (const auto& name : names)
        for (const char* state : {" stopping", " starting", " running"}) lines.push_back(name + state);
    return lines;
}

/// The event with which the worker last came to that state.
boost::json::object last(const Daemon& daemon, const std::string& name, const std::string& to) {
    const auto events = daemon.events();
    const auto found = std::find_if(events.rbegin(), events.rend(), [&](const auto& event) {
        return text_of(event, "worker") == name && text_of(event, "to") == to;
    });
    REQUIRE(found != events.rend());
    return *found;
}

void await_running(const Daemon& daemon, const std::vector<std::string>& names) {
    for (const auto& name : names) daemon.worker_in(name, "running");
}

boost::json::object row(const Daemon& daemon, const std::string& name) { return call(daemon, "GET", "/v1/workers/" + name).json; }

constexpr const char* three = R"("instances": 3, )";

}   // namespace

TEST_CASE("reload: with its dependency changed too, each instance is restarted once, one after the other") {
    const auto config = [](const std::string& seconds) {
        return worker("db", {"sleep", seconds}) + worker("app", {"sleep", seconds}, three + depends_on("db", "restart"));
    };
    Daemon daemon(config("120"));
    daemon.start();
    await_running(daemon, {"db", "app-1", "app-2", "app-3"});
    const auto before = sequence_now(daemon);
    daemon.configure(config("121"));
    const auto done = daemon.ctl({"reload"});
    INFO(done.err);
    CHECK(done.code == 0);
    CHECK(since(daemon, before) == rolled({"db", "app-1", "app-2", "app-3"}));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: instances that stop with a changed dependency come back with their new config, and are not restarted again") {
    const auto config = [](const std::string& seconds) {
        return worker("db", {"sleep", seconds}) + worker("app", {"sleep", seconds}, three + depends_on("db", "stop"));
    };
    Daemon daemon(config("120"));
    daemon.start();
    await_running(daemon, {"db", "app-1", "app-2", "app-3"});
    const auto before = sequence_now(daemon);
    daemon.configure(config("121"));
    CHECK(daemon.ctl({"reload"}).code == 0);
    const auto lines = since(daemon, before);
    for (const char* name : {"app-1", "app-2", "app-3"}) {
        CAPTURE(lines, name);
        CHECK(std::count(lines.begin(), lines.end(), std::string(name) + " stopping") == 1);
        CHECK(std::count(lines.begin(), lines.end(), std::string(name) + " starting") == 1);
        CHECK_FALSE(row(daemon, name).contains("oldConfig"));
    }
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: unchanged workers that restart or stop with a changed one are in the plan, in the results, and take turns") {
    const auto config = [](const std::string& seconds) {
        return worker("redis", {"sleep", seconds}) +
               worker("api", sleeper(), R"("instances": 2, )" + depends_on("redis", "restart")) +
               worker("st", sleeper(), depends_on("redis", "stop")) + worker("other", sleeper());
    };
    Daemon daemon(config("120"));
    daemon.start();
    await_running(daemon, {"redis", "api-1", "api-2", "st", "other"});
    daemon.configure(config("121"));
    const auto planned = daemon.ctl({"diff"});
    INFO(planned.out);
    CHECK(has(planned.out, "api-1, api-2: restarted after redis (onFailure: restart)\n"));
    CHECK(has(planned.out, "st: stopped before redis and started after it (onFailure: stop)\n"));
    CHECK(has(planned.out, "unchanged: 1 worker\n"));
    const auto dry = call(daemon, "POST", "/v1/reload?dryRun");
    CHECK(dry.json.at("unchanged").to_number<int>() == 1);
    CHECK(dry.json.at("affected").as_array().size() == 3);
    const auto before = sequence_now(daemon);
    const auto done = daemon.ctl({"reload"});
    INFO(done.out << done.err);
    CHECK(done.code == 0);
    CHECK(has(done.out, "api-2: running, restarted after redis, pid "));
    CHECK(has(done.out, "st: running, restarted after redis, pid "));
    auto lines = since(daemon, before);
    std::erase_if(lines, [](const auto& line) { return !line.starts_with("api"); });
    CHECK(lines == rolled({"api-1", "api-2"}));
    CHECK(text_of(last(daemon, "api-2", "stopping"), "cause") == "dependency");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: when the dependency does not come up, those that depend on it run on, and the reload says so") {
    const auto config = [](const std::string& command) {
        return worker("db", shell(command), R"("startTime": "20ms", "restart": {"delay": "1h", "maxDelay": "1h"})") +
               worker("app", {"sleep", command == "exit 3" ? "121" : "120"},
                      R"("instances": 2, )" + depends_on("db", "restart")) +
               worker("api", sleeper(), depends_on("db", "restart"));
    };
    Daemon daemon(config("exec sleep 120"));
    daemon.start();
    await_running(daemon, {"app-1", "app-2", "api"});
    const auto app = daemon.worker_in("app-1", "running").pid;
    const auto api = daemon.worker_in("api", "running").pid;
    daemon.configure(config("exit 3"));
    const auto done = daemon.ctl({"reload"});
    INFO(done.err);
    CHECK(done.code == 1);
    CHECK(has(done.err, "app-2: running, not restarted, since db did not come up; it runs on as it was"));
    CHECK(has(done.err, "api: running, not restarted, since db did not come up; it runs on as it was"));
    CHECK(daemon.worker_in("app-1", "running").pid == app);
    CHECK(daemon.worker_in("api", "running").pid == api);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: of a group with an instance that has failed with the new config, no other one is taken down") {
    const auto config = [](const std::string& command) {
        return worker("app", shell(command), three + std::string(R"("startTime": "20ms", "restart": {"limit": 1})"));
    };
    Daemon daemon(config("exec sleep 120"));
    daemon.start();
    await_running(daemon, {"app-1", "app-2", "app-3"});
    const auto two = daemon.worker_in("app-2", "running").pid;
    const auto last_one = daemon.worker_in("app-3", "running").pid;
    daemon.configure(config("exit 3"));
    CHECK(daemon.ctl({"reload"}).code == 1);
    daemon.worker_in("app-1", "fatal");
    const auto again = daemon.ctl({"reload"});
    INFO(again.err);
    CHECK(again.code == 1);
    CHECK(has(again.err, "app-2: running, not restarted, since app-1 is fatal with the new config; it runs on as it was"));
    CHECK(daemon.worker_in("app-2", "running").pid == two);
    CHECK(daemon.worker_in("app-3", "running").pid == last_one);
    CHECK(has(daemon.ctl({"status", "app-2"}).out, "old config"));
    CHECK(row(daemon, "app-3").at("oldConfig").as_bool());
    CHECK_FALSE(row(daemon, "app-1").contains("oldConfig"));
    daemon.configure(config("exec sleep 122"));   // put right: all of them come
    CHECK(daemon.ctl({"reload"}).code == 0);
    await_running(daemon, {"app-1", "app-2", "app-3"});
    CHECK_FALSE(has(daemon.ctl({"status"}).out, "old config"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a restart that waits for dependents keeps its cause, in the history and in why") {
    Daemon daemon(worker("db", sleeper()) + worker("app", sleeper(), depends_on("db", "restart")) +
                  worker("nginx", sleeper(), depends_on("app", "stop")));
    daemon.start();
    await_running(daemon, {"db", "app", "nginx"});
    const auto app = daemon.worker_in("app", "running").pid;
    kill_main(daemon.worker_in("db", "running"));
    daemon.worker_after("app", app);
    const auto stopping = last(daemon, "app", "stopping");
    CHECK(text_of(stopping, "cause") == "dependency");
    CHECK(text_of(stopping, "reason") == "db is ready again");
    const auto why = daemon.ctl({"why", "app"}).out;
    INFO(why);
    CHECK(has(why, "talosd restarted it because db is ready again.\n"));
    CHECK_FALSE(has(why, "Last command"));
    CHECK(has(daemon.ctl({"why", "nginx"}).out, "talosd stopped it because app is to be stopped.\n"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a reload's and a client's stop that waits for dependents keeps its cause and who asked") {
    const auto config = [](const std::string& seconds) {
        return worker("db", {"sleep", seconds}) + worker("app", sleeper(), depends_on("db", "stop"));
    };
    Daemon daemon(config("120"));
    daemon.start();
    await_running(daemon, {"db", "app"});
    daemon.configure(config("121"));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(text_of(last(daemon, "db", "stopping"), "cause") == "reload");
    CHECK(daemon.ctl({"stop", "db"}).code == 0);
    const auto stopping = last(daemon, "db", "stopping");
    CHECK(text_of(stopping, "cause") == "stop");
    CHECK(stopping.contains("by"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: a stop that is under way is not undone when the dependency comes back") {
    Daemon daemon(worker("db", sleeper()) + worker("app", shell("trap '' TERM; echo ready; while :; do sleep 0.02; done"),
                                                   stop_after("10m") + ", " + depends_on("db", "restart")));
    daemon.start();
    daemon.worker_in("db", "running");
    REQUIRE(eventually([&] { return has(daemon.worker_log("app"), "ready"); }));
    const auto app = daemon.worker_in("app", "running");
    CHECK(daemon.ctl({"stop", "db"}).code == 0);
    CHECK(daemon.ctl({"stop", "app", "--no-wait"}).code == 0);
    daemon.worker_in("app", "stopping");
    CHECK(daemon.ctl({"start", "db"}).code == 0);
    CHECK(daemon.worker_in("app", "stopping").goal == "down");
    kill_main(app);
    CHECK(daemon.worker_in("app", "stopped").goal == "down");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("oneshot: all, patterns and groups leave a completed one alone, its name runs it again") {
    Daemon daemon;
    daemon.configure(worker("mig", shell("echo x >> " + daemon.path("runs")), R"("kind": "oneshot")") + worker("web", sleeper()));
    daemon.start();
    daemon.worker_in("mig", "exited");
    const auto runs = [&] { return std::ranges::count(read_text(daemon.path("runs")), 'x'); };
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"start", "all"}, {"start", "m*"}, {"restart", "all"}}) {
        const auto done = daemon.ctl(words);
        CHECK(done.code == 0);
        CHECK(has(done.out, "mig: exited, completed; `talosctl " + words.front() + " mig` runs it again\n"));
        CHECK(runs() == 1);
    }
    CHECK(daemon.ctl({"start", "mig"}).code == 0);
    CHECK(runs() == 2);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("restart: a worker that would wait for its dependency runs on, and the dependency is named") {
    Daemon daemon(worker("db", sleeper()) + worker("web", sleeper(), depends_on("db", "ignore")));
    daemon.start();
    const auto web = daemon.worker_in("web", "running").pid;
    CHECK(daemon.ctl({"stop", "db"}).code == 0);
    const auto refused = daemon.ctl({"restart", "web"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "web: it keeps running: after a restart it would wait for db (stopped) to be ready; `talosctl restart "
                           "db web` restarts both"));
    CHECK(daemon.worker_in("web", "running").pid == web);
    CHECK(daemon.ctl({"restart", "db", "web"}).code == 0);
    daemon.worker_after("web", web);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("stop: those that are stopped with it are in the result") {
    Daemon daemon(worker("db", sleeper()) + worker("st", sleeper(), depends_on("db", "stop")) +
                  worker("web", sleeper(), depends_on("db", "ignore")));
    daemon.start();
    await_running(daemon, {"db", "st", "web"});
    const auto stopped = daemon.ctl({"stop", "db"});
    CHECK(stopped.code == 0);
    CHECK(stopped.out == "db: stopped\nst: stopped with db (onFailure: stop)\n");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("restart --rolling: one worker after the other, dependencies first, until one does not come up") {
    Daemon daemon;
    const auto ready = std::string(R"("ready": {"log": "ready"}, )");
    const auto bad = daemon.path("bad");
    daemon.configure(worker("app", shell("test ! -e " + bad + " || exit 3; echo ready; exec sleep 120"),
                            three + ready + R"("restart": {"limit": 1}, )" + depends_on("db", "restart")) +
                     worker("db", sleeper()));
    daemon.start();
    await_running(daemon, {"db", "app-1", "app-2", "app-3"});
    auto before = sequence_now(daemon);
    const auto done = daemon.ctl({"restart", "--rolling", "all"});
    INFO(done.out << done.err);
    CHECK(done.code == 0);
    CHECK(since(daemon, before) == rolled({"db", "app-1", "app-2", "app-3"}));
    CHECK(text_of(last(daemon, "app-3", "stopping"), "cause") == "restart");
    write_text(bad, "");
    before = sequence_now(daemon);
    const auto failed = daemon.ctl({"restart", "--rolling", "app"});
    CHECK(failed.code == 1);
    CHECK(has(failed.err, "app-3: running, not restarted, since app-1 did not come up; it runs on as it was"));
    daemon.worker_in("app-2", "running");
    for (const auto& line : since(daemon, before)) CHECK(line.starts_with("app-1 "));
    CHECK(daemon.ctl({"restart", "--rolling"}).code == 2);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: a worker that stops itself before it is up does not hold up the reload, and the others run on as they were") {
    Daemon daemon(worker("a", sleeper()) + worker("b", sleeper()));
    daemon.start();
    const auto before = daemon.worker_in("b", "running");
    daemon.worker_in("a", "running");
    daemon.configure(worker("a", shell("kill -STOP $$; exec sleep 120"), R"("startTime": "1m")") + worker("b", {"sleep", "121"}));
    const auto reload = daemon.ctl({"reload"});
    INFO(reload.out << reload.err);
    CHECK(reload.code == 1);
    CHECK(reload.err.find("a: starting, it was stopped by a signal before it was up") != std::string::npos);
    CHECK(daemon.worker_in("b", "running").pid == before.pid);
    CHECK(daemon.stop() == 0);
}
