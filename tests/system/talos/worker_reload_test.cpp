#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/notifier.hpp"
#include "system/talos/verbs.hpp"

using namespace talos::test;

// Workers that are told to read their own configs again.

TEST_CASE("reload of a worker by signal: it gets the signal and runs on") {
    Daemon daemon(worker("w", shell("trap 'echo again >> said' HUP; echo up >> said; while :; do sleep 0.02; done"),
                         R"("reload": {"signal": "SIGHUP"})") +
                  worker("plain", sleeper()));
    daemon.start();
    REQUIRE(eventually([&] { return read_text(daemon.path("said")) == "up\n"; }));
    const auto before = daemon.worker_in("w", "running").pid;
    const auto reloaded = daemon.ctl({"reload", "w"});
    INFO(reloaded.err);
    CHECK(reloaded.code == 0);
    CHECK(has(reloaded.out, "w: running, pid " + std::to_string(before)));
    CHECK(eventually([&] { return read_text(daemon.path("said")) == "up\nagain\n"; }));
    CHECK(daemon.worker_in("w", "running").pid == before);
    CHECK(count_events(daemon, "w", "reload") == 1);
    CHECK(count_events(daemon, "w", "reloaded") == 1);
    const auto refused = daemon.ctl({"reload", "plain"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "plain: its config has no \"reload\""));
    const auto all = daemon.ctl({"reload", "all"});   // which means those that can
    CHECK(all.code == 0);
    CHECK(has(all.out, "plain: running, it has no \"reload\""));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload of a worker by command: it is told the main process, writes into the log, and its failure is the reload's") {
    Daemon daemon(worker("w", sleeper(), R"("reload": {"command": ["sh", "-c", "echo reloading $TALOS_PID; [ ! -e fail ]"]})"));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    CHECK(daemon.ctl({"reload", "w"}).code == 0);
    CHECK(has(daemon.worker_log("w"), "reloading " + std::to_string(pid)));
    write_text(daemon.path("fail"), "");
    const auto failed = daemon.ctl({"reload", "w"});
    CHECK(failed.code == 1);
    CHECK(has(failed.err, "reload: it ended with exit code 1"));
    CHECK(count_events(daemon, "w", "reload-failed") == 1);
    CHECK(daemon.worker_in("w", "running").pid == pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload of a worker: a stop ends the reload's command and wins") {
    Daemon daemon(worker("w", sleeper(), R"("reload": {"command": "sleep 120", "timeout": "1h"})"));
    daemon.start();
    daemon.worker_in("w", "running");
    Call reload(daemon, "POST", "/v1/workers/w/reload?wait=1m");
    REQUIRE(eventually([&] { return says(daemon, "w", "reloading"); }));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(reload.answer().outcome() == "failed");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("reload of a worker that notifies: RELOADING=1 and READY=1 mark it, and without READY=1 in time it has failed") {
    Daemon daemon;
    daemon.configure(
        worker("w",
               python(daemon, "import signal\n"
                              "def again(number, frame):\n"
                              "    notify('RELOADING=1')\n"
                              "    wait_for('go')\n"
                              "    notify('READY=1')\n"
                              "signal.signal(signal.SIGHUP, again)\n"
                              "notify('READY=1')\n"
                              "rest()\n"),
               R"("ready": {"notify": true}, "reload": {"signal": "SIGHUP", "timeout": "1h"})") +
        worker("deaf", python(daemon, "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nnotify('READY=1')\nrest()\n"),
               R"("ready": {"notify": true}, "reload": {"signal": "SIGHUP", "timeout": "50ms"})"));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    daemon.worker_in("deaf", "running");
    Call reload(daemon, "POST", "/v1/workers/w/reload?wait=1m");
    REQUIRE(eventually(
        [&] { return row(daemon, "w").contains("notify") && row(daemon, "w").at("notify").as_object().contains("reloading"); }));
    CHECK(says(daemon, "w", "reloading"));
    const auto second = daemon.ctl({"reload", "w"});
    CHECK(second.code == 1);
    CHECK(has(second.err, "it is reloading already"));
    write_text(daemon.path("go"), "");
    CHECK(reload.answer().outcome() == "reached");
    CHECK_FALSE(says(daemon, "w", "reloading"));

    const auto deaf = daemon.ctl({"reload", "deaf"});
    CHECK(deaf.code == 1);
    CHECK(has(deaf.err, "no READY=1 within 50ms"));
    CHECK(daemon.worker_in("w", "running").pid == pid);
    CHECK(daemon.stop() == 0);
}
