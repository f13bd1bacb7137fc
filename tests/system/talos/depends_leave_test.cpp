#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/wait.hpp"
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

}  // namespace

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
    CHECK(daemon.worker_when(name, [&](const auto& view) { return view.goal == "down"; }).state == (top ? "running" : "stopping"));
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
