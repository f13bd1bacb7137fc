#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "system/talos/daemon.hpp"
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

// What keeps workers from being up, down to the cause.
using namespace talos::test;
namespace json = boost::json;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// `app` waits for `api`, which waits for the oneshot `m`, which fails for good.
std::string stack() {
    return worker("m", shell("echo no such table; exit 3"), R"("kind": "oneshot", "restart": {"limit": 1})") +
           worker("api", sleeper(), R"("dependsOn": {"m": "completed"})") +
           worker("app", sleeper(), R"("dependsOn": {"api": "ready"})") + worker("fine", sleeper());
}

json::object row(const Daemon& daemon, const std::string& name) {
    const auto document = json::parse(daemon.ctl({"--json", "status", name}).out);
    return document.at("workers").as_array().at(0).as_object();
}

}   // namespace

TEST_CASE("why: of a worker that waits, the chain down to the oneshot that failed, with its last words") {
    Daemon daemon(stack());
    daemon.start();
    daemon.worker_in("m", "fatal");
    const auto why = daemon.ctl({"why", "app"});
    INFO(why.out << why.err);
    CHECK(why.code == 0);
    CHECK(has(why.out, "app: waiting for api (waiting) to be ready, since "));
    CHECK(has(why.out, "\napi is waiting for m (fatal) to complete, since "));
    CHECK(has(why.out, "\nm ended at "));
    CHECK(has(why.out, "exit code 3"));
    CHECK(has(why.out, "  no such table\n"));
    CHECK(has(why.out, "Failures: 1 in a row, 1 since talosd started.\n"));
    CHECK(has(why.out, "; to start it again: talosctl start m\n"));
    CHECK_FALSE(has(why.out, "fine"));
    const auto document = json::parse(daemon.ctl({"--json", "why", "app"}).out);
    CHECK(document.at("worker") == "app");
    CHECK(document.at("blockedBy").as_array().at(0).at("worker") == "m");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("status: a worker that waits is shown as waiting, JSON keeps stopped and says for what") {
    Daemon daemon(stack());
    daemon.start();
    daemon.worker_in("m", "fatal");
    const auto table = daemon.ctl({"status"}).out;
    CHECK(has(table, "app   waiting  "));
    CHECK(has(table, "waiting for m (fatal) to complete"));
    CHECK(has(table, "waiting for api (waiting) to be ready"));
    const auto api = row(daemon, "api");
    CHECK(api.at("state") == "stopped");
    CHECK(api.at("waitingFor") == json::value{"m"});
    CHECK(daemon.ctl({"stop", "app"}).code == 0);
    CHECK(has(daemon.ctl({"status"}).out, "app   stopped  "));
    CHECK_FALSE(row(daemon, "app").contains("waitingFor"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("why without a name: everything that is not as wanted, causes first, nothing else") {
    Daemon daemon(stack());
    daemon.start();
    daemon.worker_in("m", "fatal");
    daemon.worker_in("fine", "running");
    const auto why = daemon.ctl({"why"});
    INFO(why.out << why.err);
    CHECK(why.code == 0);
    CHECK(why.out.starts_with("3 of 4 workers are not in the wanted state\n\nm: fatal since "));
    CHECK(has(why.out, "\n\napi is waiting for m (fatal) to complete, since "));
    CHECK(has(why.out, "\napp is waiting for api (waiting) to be ready, since "));
    CHECK_FALSE(has(why.out, "fine"));
    const auto list = json::parse(daemon.ctl({"--json", "why"}).out).at("workers").as_array();
    REQUIRE(list.size() == 3);
    CHECK(list[0].at("worker") == "m");
    CHECK(list[2].at("worker") == "app");

    for (const auto* name : {"m", "api", "app"}) CHECK(daemon.ctl({"stop", name}).code == 0);
    CHECK(daemon.ctl({"why"}).out == "all workers are in their wanted state (4)\n");
    CHECK(daemon.stop() == 0);
    const auto gone = daemon.ctl({"why"});
    CHECK(gone.code == 3);
    CHECK(has(gone.err, "talosd is not running"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("why: a worker that others wait for and that was stopped on request is among the causes") {
    Daemon daemon(worker("db", sleeper()) +
                  worker("web", sleeper(), R"("dependsOn": {"db": {"condition": "ready", "onFailure": "stop"}})"));
    daemon.start();
    daemon.worker_in("web", "running");
    REQUIRE(daemon.ctl({"stop", "db"}).code == 0);
    REQUIRE(eventually([&] { return has(daemon.ctl({"status"}).out, "web   waiting  "); }));
    for (const auto& words : std::vector<std::vector<std::string>>{{"why"}, {"why", "web"}}) {
        const auto why = daemon.ctl(words).out;
        CAPTURE(why);
        CHECK(has(why, "\ndb ended at "));
        CHECK(has(why, "; to start it: talosctl start db\n"));
    }
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("failures: in a row and in the last hour, in status and why, and when the next start is due") {
    Daemon daemon(worker("w", shell("exit 1"), R"("restart": {"delay": "1ms", "factor": 60000, "maxDelay": "1m", "jitter": 0})"));
    daemon.start();
    daemon.worker_when("w", [](const auto& view) { return view.state == "backoff" && view.restarts == 1; });
    const auto counts = row(daemon, "w").at("failures").as_object();
    CHECK(counts.at("inRow") == 2);
    CHECK(counts.at("lastHour") == 2);
    const auto status = daemon.ctl({"status"}).out;
    CHECK(has(status, "next start in "));
    CHECK(has(status, "; failed 2 times in a row"));
    const auto why = daemon.ctl({"why", "w"}).out;
    CHECK(has(why, "Failures: 2 in a row, 2 since talosd started.\n"));
    CHECK(has(why, ", next start in "));
    CHECK(has(why, "; to start now: talosctl start w\n"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("failures: a failed start, bad health and an end on request are told apart") {
    Daemon daemon(
        worker("missing", {"./missing"}, R"("restart": "never")") +
        worker("sick", sleeper(),
               R"("health": {"exec": "false", "interval": "10ms", "failures": 1}, "restart": {"delay": "1m", "jitter": 0})") +
        worker("asked", sleeper()));
    daemon.start();
    daemon.worker_in("missing", "exited");
    daemon.worker_in("sick", "backoff");
    REQUIRE(daemon.ctl({"restart", "asked"}).code == 0);
    CHECK(row(daemon, "missing").at("failures").at("lastHour") == 1);
    CHECK(row(daemon, "sick").at("failures").at("lastHour") == 1);
    CHECK_FALSE(row(daemon, "asked").contains("failures"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
