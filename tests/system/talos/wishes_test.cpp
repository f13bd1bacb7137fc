#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include <boost/json/array.hpp>
#include <unistd.h>

using namespace talos::test;

namespace {

/// Ends on SIGTERM once the file `let-go` is there.
std::vector<std::string> holding() {
    return shell("trap 'until [ -e let-go ]; do sleep 0.02; done; exit 0' TERM; echo ready; while :; do sleep 0.02; done");
}

void await_ready(const Daemon& daemon, const std::string& name) {
    REQUIRE(eventually([&] { return daemon.worker_log(name).find("ready") != std::string::npos; }));
}

boost::json::object last_event(const Daemon& daemon, const std::string& worker, const std::string& cause) {
    boost::json::object found;
    for (const auto& event : daemon.events())
        if (event.contains("worker") && event.at("worker").as_string() == worker && event.at("cause").as_string() == cause)
            found = event;
    return found;
}

}   // namespace

TEST_CASE("a stop during a start wins, and whoever waits for the start is told so") {
    Daemon daemon(R"("slow": {"command": ["sleep", "120"], "startTime": "1h", "autostart": false},)");
    daemon.start();
    Call start(daemon, "POST", "/v1/workers/slow/start?wait=1m");
    daemon.worker_in("slow", "starting");
    const auto stopped = call(daemon, "POST", "/v1/workers/slow/stop?wait=30s");
    CHECK(stopped.status == 200);
    CHECK(stopped.outcome() == "reached");
    const auto started = start.answer();
    INFO(started.body);
    CHECK(started.outcome() == "failed");
    CHECK(started.reason().find("later stop") != std::string::npos);
    CHECK(daemon.worker_in("slow", "stopped").goal == "down");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a start during a stop wins: the worker comes back once its plan is over") {
    Daemon daemon(worker("w", holding(), stop_after("1h")));
    daemon.start();
    await_ready(daemon, "w");
    const auto before = daemon.worker_in("w", "running").pid;
    Call stop(daemon, "POST", "/v1/workers/w/stop?wait=1m");
    daemon.worker_in("w", "stopping");
    Call start(daemon, "POST", "/v1/workers/w/start?wait=1m");
    daemon.worker_when("w", [](const auto& view) { return view.goal == "up"; });
    write_text(daemon.path("let-go"), "");
    CHECK(start.answer().outcome() == "reached");
    CHECK(stop.answer().outcome() == "failed");
    CHECK(daemon.worker_in("w", "running").pid != before);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("two restarts at once: one new run answers both") {
    Daemon daemon(worker("w", holding(), stop_after("1h")));
    daemon.start();
    await_ready(daemon, "w");
    const auto before = daemon.worker_in("w", "running").pid;
    Call first(daemon, "POST", "/v1/workers/w/restart?wait=1m");
    daemon.worker_in("w", "stopping");
    Call second(daemon, "POST", "/v1/workers/w/restart?wait=1m");
    REQUIRE(eventually([&] {
        return last_event(daemon, "w", "restart").contains("sequence") && daemon.events().back().at("cause") == "restart" &&
               !daemon.events().back().contains("to");
    }));
    write_text(daemon.path("let-go"), "");
    CHECK(first.answer().outcome() == "reached");
    CHECK(second.answer().outcome() == "reached");
    const auto after = daemon.worker_in("w", "running");
    CHECK(after.pid != before);
    int starts = 0;
    for (const auto& event : daemon.events())
        starts += event.contains("to") && event.contains("worker") && event.at("to").as_string() == "starting";
    CHECK(starts == 2);   // with the first one of all
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a start that cannot come true is answered at once, with the reason") {
    Daemon daemon(
        worker("bad", {"/nowhere/to/be/found"}, R"("autostart": false)") +
        R"("dies": {"command": "sh -c 'exit 7'", "startTime": "1h", "autostart": false, "restart": {"delay": "1h", "maxDelay": "1h"}},)");
    daemon.start();
    const auto bad = call(daemon, "POST", "/v1/workers/bad/start?wait=10m");
    INFO(bad.body);
    CHECK(bad.outcome() == "failed");
    CHECK(bad.reason().find("/nowhere/to/be/found") != std::string::npos);
    const auto dies = call(daemon, "POST", "/v1/workers/dies/start?wait=10m");
    INFO(dies.body);
    CHECK(dies.outcome() == "failed");
    CHECK(dies.reason().find("7") != std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("commands are in the history with who gave them, also those that change nothing") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK(last_event(daemon, "w", "autostart").contains("to"));
    CHECK(call(daemon, "POST", "/v1/workers/w/start?wait=10s").outcome() == "reached");
    const auto idle = last_event(daemon, "w", "start");
    REQUIRE(idle.contains("by"));
    CHECK_FALSE(idle.contains("to"));
    CHECK(call(daemon, "POST", "/v1/workers/w/stop?wait=30s").outcome() == "reached");
    const auto stop = last_event(daemon, "w", "stop");
    REQUIRE(stop.contains("by"));
    CHECK(stop.at("by").as_object().at("program").as_string() == "curl");
    CHECK(stop.at("by").as_object().at("uid").to_number<uid_t>() == ::getuid());
    CHECK(stop.at("to").as_string() == "stopping");
    CHECK(call(daemon, "POST", "/v1/workers/w/signal?signal=SIGHUP").outcome() == "failed");
    CHECK(call(daemon, "POST", "/v1/workers/wbe/start").status == 404);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("an exit that nobody asked for has the worker's last words in the history") {
    Daemon daemon(
        worker("w", shell("for i in $(seq 30); do echo line $i; done; printf 'no newline'; exit 9"), R"("restart": "never")"));
    daemon.start();
    daemon.worker_in("w", "exited");
    const auto exit = last_event(daemon, "w", "exit");
    REQUIRE(exit.contains("tail"));
    const auto& tail = exit.at("tail").as_array();
    CHECK(tail.size() == 20);
    CHECK(tail.front().as_string() == "line 12");
    CHECK(tail.back().as_string() == "no newline");
    CHECK(daemon.stop() == 0);
}
