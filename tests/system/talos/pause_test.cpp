#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/notifier.hpp"
#include "system/talos/verbs.hpp"
#include <csignal>
#include <cstdlib>
#include <filesystem>

using namespace talos::test;

// Workers whose processes are stopped by a signal, and a talosd that is.

TEST_CASE("pause: all processes of a worker stand still until resume, and status says so") {
    Daemon daemon(worker("w", shell("sleep 120 & echo $! > child; wait")));
    daemon.start();
    const auto main = daemon.worker_in("w", "running").pid;
    const auto child = child_in(daemon, "child");
    const auto paused = daemon.ctl({"pause", "w"});
    INFO(paused.err);
    CHECK(paused.code == 0);
    CHECK(paused.out == "w: paused\n");
    CHECK(stands_still(main));
    CHECK(stands_still(child));
    CHECK(says(daemon, "w", "paused"));
    CHECK(daemon.worker_in("w", "running").pid == main);
    CHECK(has(daemon.ctl({"status"}).out, "paused"));
    CHECK(has(daemon.ctl({"why", "w"}).out, "It is paused"));
    CHECK(has(daemon.ctl({"why"}).out, "1 of 1 worker is not in the wanted state"));
    CHECK(daemon.ctl({"resume", "w"}).out == "w: resumed\n");
    CHECK(runs(main));
    CHECK(runs(child));
    CHECK_FALSE(says(daemon, "w", "paused"));
    CHECK(count_events(daemon, "w", "pause") == 1);
    CHECK(count_events(daemon, "w", "resume") == 1);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("pause: one that another process has stopped is shown as paused, and as running once it is continued") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto main = daemon.worker_in("w", "running").pid;
    REQUIRE(::kill(main, SIGSTOP) == 0);
    CHECK(eventually([&] { return says(daemon, "w", "paused"); }));
    CHECK(eventually([&] { return count_events(daemon, "w", "paused") == 1; }));
    REQUIRE(::kill(main, SIGCONT) == 0);
    CHECK(eventually([&] { return !says(daemon, "w", "paused"); }));
    CHECK(count_events(daemon, "w", "resumed") == 1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("pause: stop, restart and the end of talosd continue a paused worker, which acts on the signal of its plan") {
    Daemon daemon(worker("w", shell("trap 'echo bye >> said; exit 0' TERM; echo up >> said; while :; do sleep 0.02; done"),
                         stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return read_text(daemon.path("said")) == "up\n"; }));
    CHECK(daemon.ctl({"pause", "w"}).code == 0);
    CHECK(daemon.ctl({"restart", "w"}).code == 0);
    REQUIRE(eventually([&] { return read_text(daemon.path("said")) == "up\nbye\nup\n"; }));
    CHECK(daemon.ctl({"pause", "w"}).code == 0);
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(read_text(daemon.path("said")) == "up\nbye\nup\nbye\n");
    CHECK(daemon.ctl({"start", "w"}).code == 0);
    REQUIRE(eventually([&] { return read_text(daemon.path("said")).ends_with("bye\nup\n"); }));
    CHECK(daemon.ctl({"pause", "w"}).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(read_text(daemon.path("said")).ends_with("up\nbye\n"));
}

TEST_CASE("pause: probes, the watchdog and the time to become ready stand still with the worker") {
    // Each of them would have ended its worker several times over while it is paused.
    Daemon daemon(
        worker("probed", sleeper(),
               R"("health": {"exec": ["sh", "-c", "echo x >> probes; [ ! -e fail ]"], "interval": "20ms", "failures": 1})") +
        worker("late", shell("while [ ! -e go ]; do sleep 0.02; done; echo up; exec sleep 120"),
               R"("ready": {"log": "up", "timeout": "30s"})"));
    daemon.start();
    const auto probed = daemon.worker_in("probed", "running").pid;
    REQUIRE(eventually([&] { return !read_text(daemon.path("probes")).empty(); }));
    CHECK(daemon.ctl({"pause", "probed", "late"}).code == 0);
    write_text(daemon.path("fail"), "");
    const auto before = read_text(daemon.path("probes")).size();
    write_text(daemon.path("go"), "");
    CHECK(daemon.ctl({"wait", "late", "--timeout", "1s"}).code == 99);   // time passes
    CHECK(read_text(daemon.path("probes")).size() <= before + 2);        // one that was under way
    CHECK(daemon.worker_in("probed", "running").pid == probed);
    CHECK(daemon.worker_in("late", "starting").pid != 0);
    std::filesystem::remove(daemon.path("fail"));
    CHECK(daemon.ctl({"resume", "probed", "late"}).code == 0);
    daemon.worker_in("late", "running");
    const auto after = read_text(daemon.path("probes")).size();
    CHECK(eventually([&] { return read_text(daemon.path("probes")).size() > after; }));
    CHECK(daemon.worker_in("probed", "running").pid == probed);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("pause: what has no process is refused") {
    Daemon daemon(worker("off", sleeper(), R"("autostart": false)"));
    daemon.start();
    for (const char* verb : {"pause", "resume"}) {
        const auto refused = daemon.ctl({verb, "off"});
        CHECK(refused.code == 1);
        CHECK(has(refused.err, "off: it has no process"));
    }
    CHECK(daemon.ctl({"pause", "of"}).code == 5);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a talosd that is stopped is named as such") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    daemon.process().signal(SIGSTOP);
    CHECK(stands_still(daemon.pid()));
    const auto status = daemon.ctl({"status"});
    CHECK(status.code == 0);
    const auto sentence = "talosd itself is suspended (SIGSTOP), `kill -CONT " + std::to_string(daemon.pid()) + "` continues it";
    CHECK(has(status.err, sentence));
    const auto wait = daemon.ctl({"wait", "w", "--for", "stopped", "--timeout", "100ms"});
    CHECK(wait.code == 99);
    CHECK(has(wait.err, "talosd itself is suspended (SIGSTOP); `kill -CONT " + std::to_string(daemon.pid()) + "` continues it"));
    const auto start = daemon.ctl({"restart", "w"});
    CHECK(start.code == 1);
    CHECK(has(start.err, "talosd itself is suspended (SIGSTOP) and does not answer; `kill -CONT " + std::to_string(daemon.pid()) +
                             "` continues it"));
    daemon.process().signal(SIGCONT);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("pause: without cgroups, too, and what has a session of its own stands still with the rest") {
    Daemon daemon;
    daemon.configure(worker("w", shell("setsid sh -c 'echo $$ > away; exec sleep 120' & exec sleep 120")),
                     R"("cgroup": "off", )");
    daemon.start();
    const auto main = daemon.worker_in("w", "running").pid;
    const auto away = child_in(daemon, "away");
    CHECK(daemon.ctl({"pause", "w"}).code == 0);
    CHECK(stands_still(main));
    CHECK(stands_still(away));
    CHECK(daemon.ctl({"resume", "w"}).code == 0);
    CHECK(runs(main));
    CHECK(runs(away));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("pause: a worker that stops and continues itself without end fills neither the history nor the log, and its state "
          "stays true") {
    // It is stopped for some milliseconds each time, so that talosd sees it.
    Daemon daemon(worker(
        "w",
        shell("(while sleep 0.002; do kill -CONT $$ || exit; done) & "
              "n=0; while [ ! -e rest ]; do kill -STOP $$; n=$((n+1)); echo $n > count; done; echo over > count; exec sleep 120"),
        stop_after("100ms")));
    daemon.start();
    const auto count = [&] { return std::atoi(read_text(daemon.path("count")).c_str()); };
    REQUIRE(eventually([&] { return count() > 300 && count_events(daemon, "w", "paused") >= 20; }));
    const int most = 100;   // one more each ten seconds
    CHECK(call(daemon, "GET", "/livez").status == 200);
    CHECK(count_events(daemon, "w", "paused") < most);
    CHECK(count_events(daemon, "w", "resumed") < most);
    int lines = 0;
    const auto log = daemon.log();
    for (auto at = log.find("paused"); at != std::string::npos; at = log.find("paused", at + 1)) ++lines;
    CHECK(lines < most);
    write_text(daemon.path("rest"), "");
    REQUIRE(eventually([&] { return read_text(daemon.path("count")) == "over\n"; }));
    CHECK(eventually([&] { return !says(daemon, "w", "paused"); }));
    const auto main = daemon.worker_in("w", "running").pid;
    CHECK(daemon.ctl({"pause", "w"}).code == 0);   // which is told in any case
    CHECK(count_events(daemon, "w", "pause") == 1);
    CHECK(daemon.worker_in("w", "running").pid == main);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("pause: a heartbeat that a paused worker cannot send is not missed, and the watchdog goes on after the resume") {
    Daemon daemon;
    daemon.configure(
        worker("w",
               python(daemon, "import time\n"
                              "notify('READY=1')\n"
                              "while not os.path.exists('silent'):\n"
                              "    notify('WATCHDOG=1')\n"
                              "    time.sleep(0.05)\n"
                              "rest()\n"),
               R"("ready": {"notify": true}, "health": {"watchdog": true, "interval": "2s"}, "restart": {"delay": "1ms"})"));
    daemon.start();
    const auto before = daemon.worker_in("w", "running").pid;
    CHECK(daemon.ctl({"pause", "w"}).code == 0);
    CHECK(daemon.ctl({"wait", "w", "--for", "backoff", "--timeout", "3s"}).code == 99);   // time passes
    CHECK(daemon.worker_in("w", "running").pid == before);
    CHECK(daemon.ctl({"resume", "w"}).code == 0);
    write_text(daemon.path("silent"), "");
    (void)daemon.worker_after("w", before);
    CHECK(count_events(daemon, "w", "unhealthy") == 1);
    CHECK(daemon.stop() == 0);
}
