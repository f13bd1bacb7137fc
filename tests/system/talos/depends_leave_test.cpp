#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <algorithm>
#include <sstream>

using namespace talos::test;

// Workers that are told to go, or that a reload takes away, while others depend on them or they on others.

namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string depends_on(const std::string& other, const std::string& condition, const std::string& on_failure = "ignore") {
    return R"("dependsOn": {")" + other + R"(": {"condition": ")" + condition + R"(", "onFailure": ")" + on_failure + "\"}}";
}

std::string env(const std::string& value) { return R"("env": {"OTHER": ")" + value + "\"}"; }

Words lines_in(const Daemon& daemon, const std::string& file) {
    std::istringstream text(read_text(daemon.path(file)));
    Words lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

/// Notes in `up` that it can be told to stop, and then does `at_end`.
Words until_told(const std::string& name, const std::string& at_end) {
    return shell("trap '" + at_end + "; exit 0' TERM; echo " + name + " >>up; while :; do sleep 0.05; done");
}

const std::string until_go = "while [ ! -e go ]; do sleep 0.05; done";
const std::string patient = stop_after("10m");

bool are_up(const Daemon& daemon, std::size_t count) {
    return eventually([&] { return lines_in(daemon, "up").size() >= count; });
}

Words names(const Daemon& daemon) {
    Words names;
    for (const auto& view : daemon.workers()) names.push_back(view.name);
    std::sort(names.begin(), names.end());
    return names;
}

bool ends_up_with(const Daemon& daemon, const Words& wanted) {
    return eventually([&] { return names(daemon) == wanted; });
}

Finished done(const Daemon& daemon, const Words& words) {
    auto finished = daemon.ctl(words);
    CAPTURE(words, finished.out, finished.err);
    CHECK(finished.code == 0);
    return finished;
}

}   // namespace

TEST_CASE("dependsOn: a worker that has lost its dependency and is told to go is not restarted when that is back") {
    const auto how = GENERATE(as<std::string>{}, "stop", "healthy", "disable", "removed", "scaled", "deferred");
    INFO(how);
    const bool group = how == "scaled";
    const bool top = how == "deferred";
    const std::string name = group ? "d-2" : "d";
    const std::string condition = how == "healthy" ? "healthy" : "ready";
    const auto a = worker("a", sleeper(), R"("health": {"exec": ["true"], "interval": "20ms", "action": "mark"})");
    const auto d = worker("d", top ? sleeper() : until_told("d", until_go),
                          patient + ", " + depends_on("a", condition, "restart") + (group ? R"(, "instances": 2)" : ""));
    Daemon daemon(a + d + (top ? worker("top", until_told("top", until_go), patient + ", " + depends_on("d", "ready")) : ""));
    daemon.start();
    REQUIRE(are_up(daemon, group ? 2 : 1));
    done(daemon, {"stop", "a"});
    if (how == "disable") done(daemon, {"disable", "d", "--no-wait"});
    else if (how == "scaled") done(daemon, {"scale", "d=1", "--no-wait"});
    else if (how == "deferred") done(daemon, {"stop", "top", "d", "--no-wait"});
    else if (how == "removed") {
        daemon.configure(a);
        done(daemon, {"reload", "--no-wait"});
    } else {
        done(daemon, {"stop", "d", "--no-wait"});
    }
    CHECK(daemon.worker_when(name, [&](const auto& view) { return view.goal == "down"; }).state ==
          (top ? "running" : "stopping"));
    done(daemon, {"start", "a"});
    if (how == "healthy") REQUIRE(eventually([&] { return has(daemon.ctl({"status", "--json"}).out, "\"healthy\""); }));
    CHECK(daemon.worker_when(name, [](const auto&) { return true; }).goal == "down");
    write_text(daemon.path("go"), "");
    if (how == "removed") {
        CHECK(ends_up_with(daemon, {"a"}));
        CHECK(has(done(daemon, {"reload"}).out, "no changes"));
    } else if (group) {
        CHECK(ends_up_with(daemon, {"a", "d-1"}));
    } else {
        done(daemon, {how == "disable" ? "disable" : "stop", "d"});
        CHECK(daemon.worker_in("d", "stopped").goal == "down");
    }
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a reload makes a single worker of a group, or the other way round, and restarts a dependent: nothing of "
          "the old ones stays") {
    const bool to_group = GENERATE(true, false);
    const auto one = worker("w", sleeper());
    const auto group = worker("w", sleeper(), R"("instances": 2)");
    const auto dep = [](const std::string& seconds) { return worker("dep", {"sleep", seconds}, depends_on("w", "ready")); };
    Daemon daemon((to_group ? one : group) + dep("121"));
    daemon.start();
    const auto before = daemon.worker_in("dep", "running");
    daemon.configure((to_group ? group : one) + dep("122"));
    done(daemon, {"reload"});
    daemon.worker_after("dep", before.pid);
    CHECK(ends_up_with(daemon, to_group ? Words{"dep", "w-1", "w-2"} : Words{"dep", "w"}));
    CHECK(has(done(daemon, {"reload"}).out, "no changes"));
    for (const auto& event : daemon.events()) {
        const auto* reason = event.if_contains("reason");
        if (reason != nullptr) CHECK_FALSE(has(std::string(reason->as_string()), to_group ? "waiting for w to be" : "w-1 to be"));
        const auto* name = event.if_contains("worker");
        const auto* cause = event.if_contains("cause");
        if (name == nullptr || cause == nullptr || cause->as_string() != "dependency") continue;
        const bool is_single = name->as_string() == "w";
        CHECK((name->as_string() == "dep" || is_single != to_group));   // none of the removed ones
    }
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a removed worker stops after one that depended on it and is restarted by the same reload") {
    const auto roll = GENERATE(Words{"reload"}, Words{"reload", "--all-at-once"});
    const bool another = GENERATE(true, false);
    const auto app = [](const std::string& other, const std::string& extra) {
        return worker("app", until_told("app", "sleep 0.3; echo app has gone >>order"), env(other) + extra);
    };
    Daemon daemon(worker("db", until_told("db", "echo db is told >>order")) + app("db", ", " + depends_on("db", "ready")));
    daemon.start();
    REQUIRE(are_up(daemon, 2));
    const auto before = daemon.worker_in("app", "running");
    daemon.configure(another ? worker("pg", sleeper()) + app("pg", ", " + depends_on("pg", "ready")) : app("none", ""));
    done(daemon, roll);
    daemon.worker_after("app", before.pid);
    CHECK(ends_up_with(daemon, another ? Words{"app", "pg"} : Words{"app"}));
    CHECK(lines_in(daemon, "order") == Words{"app has gone", "db is told"});
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a removed worker waits for no former dependent that runs on") {
    const bool fails = GENERATE(true, false);
    const auto first = [](const std::string& command) {
        return worker("a", {"sh", "-c", command}, R"("restart": "never", "startTime": "10s")");
    };
    const auto app = [](const std::string& other, const std::string& extra) {
        return worker("app", sleeper(), env(other) + extra);
    };
    Daemon daemon(first("exec sleep 120") + worker("db", sleeper()) + app("db", ", " + depends_on("db", "started")));
    daemon.start();
    const auto before = daemon.worker_in("app", "running");
    daemon.configure(first(fails ? "exit 1" : "exec sleep 120") + app(fails ? "none" : "db", ""));
    const auto reloaded = daemon.ctl({"reload"});
    INFO(reloaded.out << reloaded.err);
    CHECK(reloaded.code == (fails ? 1 : 0));
    CHECK(ends_up_with(daemon, {"a", "app"}));
    CHECK(daemon.worker_in("app", "running").pid == before.pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("dependsOn: what was renamed starts once the old one has stopped, also for those that depend on it") {
    const auto server = until_told("server", until_go + "; rmdir lock");
    const auto locking = Words{"sh", "-c", "mkdir lock || { echo >>clash; exit 1; }; " + server.back()};
    const auto app = [](const std::string& other) {
        return worker("app", sleeper(), env(other) + ", " + depends_on(other, "ready"));
    };
    Daemon daemon(worker("db", locking, patient) + app("db"));
    daemon.start();
    REQUIRE(are_up(daemon, 1));
    const auto before = daemon.worker_in("app", "running");
    daemon.configure(worker("pg", locking, stop_after("100ms")) + app("pg"));
    done(daemon, {"reload", "--no-wait"});
    daemon.worker_in("db", "stopping");
    daemon.worker_when("app", [](const auto& view) { return view.reason == "waiting for pg (waiting) to be ready"; });
    for (const Words& command : {Words{"start", "pg"}, Words{"restart", "pg"}, Words{"start", "app"}}) {
        auto words = command;
        words.emplace_back("--no-wait");
        done(daemon, words);
        const auto pg = daemon.worker_in("pg", "stopped");
        CHECK(pg.reason == "waiting for db to stop, which has the same command");
        CHECK(pg.goal == "up");
    }
    const auto late = daemon.ctl({"start", "pg", "--timeout", "100ms"});
    CHECK(late.code == 1);
    CHECK(has(late.err, "waiting for db to stop, which has the same command"));
    write_text(daemon.path("go"), "");
    daemon.worker_in("pg", "running");
    daemon.worker_after("app", before.pid);
    CHECK(ends_up_with(daemon, {"app", "pg"}));
    CHECK(read_text(daemon.path("clash")).empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("dependsOn: a restart that waits for a renamed worker lets those go first that the old one waits for") {
    const auto server = until_told("server", "sleep 0.2");
    const auto other = [](const std::string& value, const std::string& extra) {
        return worker("a", sleeper(), env(value) + extra);
    };
    const auto app = [](const std::string& name) {
        return worker("app", sleeper(), env(name) + ", " + depends_on(name, "ready"));
    };
    Daemon daemon(other("1", "") + worker("db", server) + app("db"));
    daemon.start();
    REQUIRE(are_up(daemon, 1));
    const auto before = daemon.worker_in("app", "running");
    daemon.configure(other("2", ", " + depends_on("pg", "ready")) + worker("pg", server) + app("pg"));
    done(daemon, {"reload"});
    daemon.worker_after("app", before.pid);
    CHECK(ends_up_with(daemon, {"a", "app", "pg"}));
    CHECK(daemon.stop() == 0);
}
