#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"

using namespace talos::test;

// Workers that are there to be done.

namespace {

constexpr const char* oneshot = R"("kind": "oneshot")";
constexpr const char* lasting = R"("kind": "oneshot", "remainUp": true)";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}   // namespace

TEST_CASE("oneshot: a start waits until it is done, and then it counts as fine") {
    Daemon daemon;
    const auto go = daemon.path("go");
    daemon.configure(worker("migrate", shell("until [ -e " + go + " ]; do sleep 0.02; done"), oneshot));
    daemon.start();
    const auto working = daemon.worker_in("migrate", "starting");
    CHECK(working.pid != 0);
    CHECK(daemon.ctl({"status", "migrate"}).code == 3);
    CHECK(call(daemon, "GET", "/readyz").status == 503);
    CHECK(daemon.ctl({"wait", "migrate", "--timeout", "50ms"}).code == 99);
    write_text(go, "");
    CHECK(daemon.ctl({"wait", "migrate"}).code == 0);
    const auto done = daemon.worker_in("migrate", "exited");
    CHECK(done.exit_code == 0);
    CHECK(done.goal == "up");
    const auto shown = daemon.ctl({"status", "migrate"});
    CHECK(shown.code == 0);
    CHECK(has(shown.out, "completed, "));
    CHECK(call(daemon, "GET", "/readyz").status == 200);

    write_text(daemon.path("again"), "");
    const auto again = daemon.ctl({"start", "migrate"});
    CHECK(again.code == 0);
    CHECK(has(again.out, "migrate: exited"));
    CHECK(daemon.events().back().at("to").as_string() == "exited");   // it did run, and the answer waited for that
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("oneshot: one that fails is tried again, and whoever started it is told") {
    Daemon daemon;
    daemon.configure(
        worker("w", shell("exit 4"), R"("kind": "oneshot", "autostart": false, "restart": {"delay": "10ms", "limit": 3})"));
    daemon.start();
    const auto answer = daemon.ctl({"start", "w"});
    INFO(answer.err);
    CHECK(answer.code == 1);
    const auto fatal = daemon.worker_in("w", "fatal");
    CHECK(fatal.restarts == 2);
    CHECK(fatal.exit_code == 4);
    CHECK(daemon.ctl({"status", "w"}).code == 3);
    CHECK(daemon.ctl({"wait", "w"}).code == 1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("oneshot: one that remains up is running without a process until it is stopped, and a restart runs it again") {
    Daemon daemon;
    daemon.configure(worker("net", shell("echo done >> " + daemon.path("runs")), lasting));
    daemon.start();
    const auto up = daemon.worker_in("net", "running");
    CHECK(up.pid == 0);
    CHECK(up.ready);
    CHECK(daemon.ctl({"status", "net"}).code == 0);
    CHECK(daemon.ctl({"start", "net"}).code == 0);
    CHECK(read_text(daemon.path("runs")) == "done\n");
    CHECK(daemon.ctl({"restart", "net"}).code == 0);
    CHECK(read_text(daemon.path("runs")) == "done\ndone\n");
    CHECK(daemon.workers().front().state == "running");
    CHECK(daemon.ctl({"signal", "HUP", "net"}).code == 1);
    CHECK(daemon.ctl({"stop", "net"}).code == 0);
    CHECK(daemon.workers().front().state == "stopped");
    CHECK(daemon.ctl({"start", "net"}).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("oneshot: what it leaves behind is ended when it is done") {
    Daemon daemon;
    daemon.configure(worker("w", shell("setsid sleep 120 & exit 0"), lasting));
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK(eventually([&] { return processes_with(daemon.run_mark()).empty(); }));
    CHECK(daemon.workers().front().state == "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("oneshot: a reload runs one that remains up again when its command is another, and lets one that is done be") {
    Daemon daemon;
    const auto config = [&](const std::string& word) {
        const auto script = "echo " + word + " $TALOS_WORKER >> " + daemon.path("runs");
        daemon.configure(worker("up", shell(script), lasting) + worker("once", shell(script), oneshot));
    };
    config("first");
    daemon.start();
    daemon.worker_in("up", "running");
    daemon.worker_in("once", "exited");
    config("second");
    CHECK(call(daemon, "POST", "/v1/reload?wait=30s").json.at("reached").as_bool());
    CHECK(daemon.worker_in("up", "running").ready);
    const auto runs = read_text(daemon.path("runs"));
    CHECK(has(runs, "second up\n"));
    CHECK_FALSE(has(runs, "second once\n"));
    CHECK(daemon.stop() == 0);
}
