#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/verbs.hpp"

using namespace talos::test;

// reset, rotate, start --wait, status --wide.

TEST_CASE("reset: failures are forgotten, restarts are not, and a fatal worker stays fatal until it is started") {
    Daemon daemon(worker("w", {"false"}, R"("restart": {"limit": 2, "delay": "0s"})"));
    daemon.start();
    const auto fatal = daemon.worker_in("w", "fatal");
    CHECK(fatal.restarts == 1);
    const auto reset = daemon.ctl({"reset", "w"});
    CHECK(reset.code == 0);
    CHECK(reset.out == "w: failure count reset, still fatal; `talosctl start w` starts it\n");
    const auto after = daemon.worker_in("w", "fatal");
    CHECK(after.restarts == 1);
    CHECK(count_events(daemon, "w", "reset") == 1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("rotate: the log is rotated now, an empty one is not, and all means those that have one") {
    Daemon daemon(worker("w", shell("echo one; exec sleep 120")) + worker("quiet", sleeper(), R"("log": "none")"));
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "one"); }));
    const auto rotated = daemon.ctl({"rotate"});
    INFO(rotated.err);
    CHECK(rotated.code == 0);
    CHECK(rotated.out == "w: logs rotated\n");
    CHECK(daemon.worker_log("w").empty());
    CHECK(has(read_text(daemon.data("logs/w.log.1")), "one"));
    CHECK(daemon.ctl({"rotate", "w"}).code == 0);
    CHECK_FALSE(exists(daemon.data("logs/w.log.2")));
    const auto refused = daemon.ctl({"rotate", "quiet"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "quiet: it keeps no log of its own"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("start: which workers have failed is said, and with --wait that is a failure") {
    Daemon daemon(worker("good", shell("sleep 0.1; echo up; exec sleep 120"), R"("ready": {"log": "up"})") +
                  worker("bad", {"/nowhere/to/be/found"}));
    const auto plain = daemon.ctl({"start"});
    daemon.take_detached();
    INFO(plain.err);
    CHECK(plain.code == 0);
    CHECK(has(plain.err, "1 of 2 workers failed:\n  bad: backoff, "));
    CHECK(has(plain.err, "/nowhere/to/be/found"));
    const auto waited = daemon.ctl({"start", "--wait"});
    CHECK(waited.code == 1);
    CHECK(has(waited.err, "bad: backoff, "));
    CHECK(daemon.worker_in("good", "running").ready);
    CHECK(daemon.ctl({"stop"}).code == 0);
}

TEST_CASE("start --wait: it returns when all workers are ready") {
    Daemon daemon(worker("late", shell("sleep 0.2; echo up; exec sleep 120"), R"("ready": {"log": "up"})") +
                  worker("off", sleeper(), R"("autostart": false)"));
    const auto started = daemon.ctl({"start", "--wait", "--timeout", "1m"});
    daemon.take_detached();
    INFO(started.err);
    CHECK(started.code == 0);
    CHECK_FALSE(has(started.err, "failed"));
    const auto late = row(daemon, "late");
    CHECK(late.at("ready").as_bool());
    CHECK(daemon.ctl({"stop"}).code == 0);
}

TEST_CASE("status --wide: memory and CPU time of each worker's processes, which plain status does not have") {
    Daemon daemon(worker("w", sleeper()) + worker("off", sleeper(), R"("autostart": false)"));
    daemon.start();
    daemon.worker_in("w", "running");
    const auto wide = daemon.ctl({"status", "--wide"}).out;
    INFO(wide);
    CHECK(has(wide, "MEMORY"));
    CHECK(has(wide, "CPU"));
    CHECK((has(wide, " KiB") || has(wide, " MiB")));
    const auto rows = call(daemon, "GET", "/v1/status?usage").body;
    CHECK(has(rows, "\"usage\":{\"processes\":1,\"memory\":"));
    CHECK_FALSE(has(call(daemon, "GET", "/v1/status").body, "usage"));
    CHECK_FALSE(has(daemon.ctl({"status"}).out, "MEMORY"));
    CHECK(daemon.stop() == 0);
}
