#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/net.hpp"
#include "system/talos/notifier.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

using namespace talos::test;

// Workers that are running when they are ready, and not before.

namespace {

constexpr const char* notify = R"("ready": {"notify": true})";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

WorkerView waiting(const Daemon& daemon, const std::string& worker, const std::string& what) {
    return daemon.worker_when(worker, [&](const auto& view) {
        return view.state == "starting" && view.reason == "waiting to be ready (" + what + ")";
    });
}

/// `"notify":{…}` of the only worker in status.json.
std::string notify_of(const Daemon& daemon) {
    const auto document = daemon.status();
    if (!document) return {};
    const auto* told = document->at("workers").as_array().at(0).as_object().if_contains("notify");
    return told != nullptr ? boost::json::serialize(*told) : std::string();
}

}   // namespace

TEST_CASE("ready by notify: the worker is starting, and says so, until READY=1 comes") {
    Daemon daemon;
    daemon.configure(worker(
        "w", python(daemon, "notify('STATUS=loading')\nwait_for('go')\nnotify('READY=1\\nSTATUS=3 clients')\nrest()"), notify));
    daemon.start();
    const auto starting = waiting(daemon, "w", "notify");
    CHECK_FALSE(starting.ready);
    REQUIRE(eventually([&] { return notify_of(daemon) == R"({"status":"loading"})"; }));
    const auto shown = daemon.ctl({"status", "w"});
    CHECK(shown.code == 3);
    CHECK(has(shown.out, R"(waiting to be ready (notify); reports "loading")"));
    CHECK(has(daemon.ctl({"why", "w"}).out, "waiting to be ready (notify)"));
    write_text(daemon.path("go"), "");
    const auto running = daemon.worker_in("w", "running");
    CHECK(running.ready);
    CHECK(running.pid == starting.pid);
    CHECK(running.reason.empty());
    const auto told = last_told(daemon, "w", "running");
    CHECK(told.cause == "ready");
    CHECK(told.reason == "READY=1 from pid " + std::to_string(running.pid));
    CHECK(eventually([&] { return notify_of(daemon) == R"({"status":"3 clients"})"; }));
    CHECK(daemon.ctl({"status", "w"}).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by notify: systemd-notify and a redis that is supervised so") {
    Daemon daemon;
    const auto port = free_port();
    std::string workers = worker("redis",
                                 {installed("redis-server"), "--port", std::to_string(port), "--bind", "127.0.0.1", "--save", "",
                                  "--supervised", "systemd", "--dir", daemon.path("")},
                                 notify);
    const bool with_tool = exists("/usr/bin/systemd-notify");
    if (with_tool) workers += worker("tool", shell("systemd-notify --ready --status=hello; exec sleep 120"), notify);
    daemon.configure(workers);
    daemon.start();
    daemon.worker_in("redis", "running");
    CHECK(last_told(daemon, "redis", "running").cause == "ready");
    CHECK(ask(port, "PING\r\n", "\r\n") == "+PONG\r\n");   // at once: that is what ready means
    if (with_tool) {
        daemon.worker_in("tool", "running");
        CHECK(last_told(daemon, "tool", "running").cause == "ready");
    }
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by notify: a barrier is passed, and what a child of another session says counts") {
    Daemon daemon;
    daemon.configure(worker("w",
                            python(daemon, "print('barrier', barrier())\n"
                                           "child = subprocess.Popen([sys.executable, '-c', 'from helpers import *; "
                                           "notify(\"READY=1\"); rest()'], start_new_session=True)\n"
                                           "rest()"),
                            std::string(notify) + R"(, "log": {"format": "raw"})"));
    daemon.start();
    const auto running = daemon.worker_in("w", "running");
    CHECK(daemon.worker_log("w") == "barrier True\n");
    CHECK(last_told(daemon, "w", "running").reason != "READY=1 from pid " + std::to_string(running.pid));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by notify: strangers, floods and messages of 64 KiB change nothing and stop nothing") {
    Daemon daemon;
    daemon.configure(worker("w", python(daemon, "notify('X' * 65536)\nwait_for('go')\nnotify('READY=1')\nrest()"), notify) +
                     worker("other", sleeper(), R"("restart": {"delay": "0s"})"));
    daemon.start();
    const auto starting = waiting(daemon, "w", "notify");
    const Stranger stranger(notify_socket_of(starting));
    REQUIRE(eventually([&] { return stranger.send("READY=1\nSTATUS=from a stranger"); }));
    CHECK(eventually([&] {
        return has(daemon.log(),
                   "a notification from pid " + std::to_string(::getpid()) + ", which is none of its processes, is ignored");
    }));
    CHECK(eventually([&] { return has(daemon.log(), "is longer than 8 KiB and ignored"); }));
    const auto before = daemon.worker_in("other", "running");
    const std::string long_one(64 * 1024, 'x');
    for (int sent = 0; sent < 500;) {
        if (stranger.send(sent % 2 == 0 ? "READY=1" : long_one)) ++sent;
        if (sent == 100) {
            kill_main(before);
            ++sent;
        }
    }
    daemon.worker_after("other", before.pid);
    CHECK(daemon.worker_in("w", "starting").pid == starting.pid);
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_in("w", "running").pid == starting.pid);
    const auto log = daemon.log();
    const auto first = log.find("none of its processes");
    CHECK(log.find("none of its processes", first + 1) == std::string::npos);   // said once
    CHECK(daemon.stop() == 0);
}

TEST_CASE("ready by notify: MAINPID is believed of a process of the worker's own, and of no other") {
    Daemon daemon;
    daemon.configure(
        worker("w",
               python(daemon, "notify('MAINPID=1')\nnotify('MAINPID=1')\nchild = subprocess.Popen(['sleep', '120'])\n"
                              "notify('MAINPID=%d\\nREADY=1' % child.pid)\nprint(child.pid)\nrest()"),
               std::string(notify) + R"(, "log": {"format": "raw"})"));
    daemon.start();
    const auto main = daemon.worker_in("w", "running").pid;
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "\n"); }));
    const auto child = daemon.worker_log("w").substr(0, daemon.worker_log("w").find('\n'));
    CHECK(eventually([&] { return notify_of(daemon) == "{\"mainPid\":" + child + "}"; }));
    CHECK(daemon.worker_in("w", "running").pid == main);
    const auto log = daemon.log();
    const auto first = log.find("MAINPID=1 is none of its processes and ignored");
    CHECK(first != std::string::npos);
    CHECK(log.find("MAINPID=1 ", first + 1) == std::string::npos);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by notify: reloading and stopping are shown, and who is stopping is not ready") {
    Daemon daemon;
    daemon.configure(
        worker("w",
               python(daemon, "notify('READY=1\\nWATCHDOG=1')\nwait_for('reload')\nnotify('RELOADING=1')\nwait_for('reloaded')\n"
                              "notify('READY=1')\nwait_for('end')\nnotify('STOPPING=1')\nrest()"),
               notify));
    daemon.start();
    CHECK(daemon.worker_in("w", "running").ready);
    write_text(daemon.path("reload"), "");
    CHECK(eventually([&] { return has(notify_of(daemon), R"("reloading":true)"); }));
    CHECK(has(notify_of(daemon), R"("heartbeatAt":)"));
    write_text(daemon.path("reloaded"), "");
    CHECK(eventually([&] { return !has(notify_of(daemon), "reloading"); }));
    write_text(daemon.path("end"), "");
    CHECK_FALSE(daemon.worker_when("w", [](const auto& view) { return !view.ready; }).ready);
    CHECK(has(daemon.ctl({"status"}).out, "reports that it is stopping"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("not ready in time: the worker is stopped, which is a failed start and told in words") {
    Daemon daemon(worker("w", shell("echo last words; exec sleep 120"),
                         R"("ready": {"notify": true, "timeout": "200ms"}, "restart": {"delay": "1h", "maxDelay": "1h"})") +
                  worker("f", sleeper(), R"("ready": {"fd": 3, "timeout": "50ms"}, "restart": {"delay": "0s", "limit": 2})"));
    daemon.start();
    const auto waits = daemon.worker_in("w", "backoff");
    CHECK(waits.reason == "not ready within 200ms (notify)");
    CHECK(waits.exit_signal == "SIGTERM");
    CHECK(last_told(daemon, "w", "stopping").cause == "timeout");
    const auto why = daemon.ctl({"why", "w"}).out;
    CHECK(has(why, "It was stopped because it was not ready within 200ms (notify).\n"));
    CHECK(has(why, "last words"));
    const auto fatal = daemon.worker_in("f", "fatal");
    CHECK(fatal.reason == "2 failures within 1m, the last one: not ready within 50ms (descriptor 3)");
    CHECK(fatal.restarts == 1);
    const auto started = daemon.ctl({"start", "w"});
    CHECK(started.code == 1);
    CHECK(has(started.err, "not ready within 200ms (notify)"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by notify: a worker that asks for more time gets it") {
    Daemon daemon;
    daemon.configure(worker(
        "w", python(daemon, "notify('EXTEND_TIMEOUT_USEC=60000000')\nbarrier()\nwait_for('go')\nnotify('READY=1')\nrest()"),
        R"("ready": {"notify": true, "timeout": "3s"})"));
    daemon.start();
    const auto starting = waiting(daemon, "w", "notify");
    const auto begin = Clock::now();
    REQUIRE(eventually([&] { return Clock::now() - begin > 3500ms; }));   // longer than its config has it
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_in("w", "running").pid == starting.pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("ready by descriptor: a newline on descriptor 3, also of one that talosd runs as another user") {
    const std::string extra = R"("ready": {"fd": 3})";
    Daemon daemon;
    std::string workers =
        worker("w", shell("printf almost >&3; while ! [ -e go ]; do sleep 0.01; done; echo >&3; exec sleep 120"), extra) +
        worker("closes", shell("exec 3>&-; exec sleep 120"), extra);
    if (is_root()) workers += worker("nobody", shell("echo >&3; exec sleep 120"), extra + R"(, "user": "nobody", "cwd": "/")");
    daemon.configure(workers);
    daemon.start();
    const auto starting = waiting(daemon, "w", "descriptor 3");
    CHECK(eventually([&] { return has(daemon.log(), "it closed descriptor 3 without a newline"); }));
    if (is_root()) daemon.worker_in("nobody", "running");
    CHECK(daemon.worker_in("w", "starting").pid == starting.pid);
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_in("w", "running").pid == starting.pid);
    CHECK(last_told(daemon, "w", "running").reason == "a newline on descriptor 3");
    CHECK(daemon.worker_in("closes", "starting").reason == "waiting to be ready (descriptor 3)");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by log: a line of its output, wherever that goes, and not one of an earlier run") {
    const auto go = GENERATE(as<std::string>{}, R"("log": {"format": "raw"})", R"("log": "none")", R"("streams": "separate")");
    const std::string script =
        "echo no; while ! [ -e go ]; do sleep 0.01; done; printf 'listening on ' >&2; echo 'port 80' >&2; exec sleep 120";
    Daemon daemon(
        worker("w", shell(script),
               R"("ready": {"log": "^listening on port [0-9]+$"}, "restart": {"delay": "0s", "resetAfter": "0s"}, )" + go));
    daemon.start();
    const auto first = waiting(daemon, "w", "log");
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_in("w", "running").pid == first.pid);
    CHECK(last_told(daemon, "w", "running").reason == "a line of its output");
    std::filesystem::remove(daemon.path("go"));
    kill_main(daemon.worker_in("w", "running"));
    const auto second = daemon.worker_when(
        "w", [&](const auto& view) { return view.state == "starting" && view.pid != 0 && view.pid != first.pid; });
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_after("w", first.pid).pid == second.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready: a worker that ends before it is ready has failed, and its config can be changed to one without") {
    Daemon daemon(
        worker("w", {"false"}, R"("ready": {"notify": true}, "restart": {"delay": "1h", "maxDelay": "1h", "resetAfter": "0s"})"));
    daemon.start();
    CHECK(daemon.worker_in("w", "backoff").exit_code == 1);   // in spite of resetAfter
    daemon.configure(worker("w", sleeper()));
    CHECK(daemon.ctl({"reload"}).code == 0);
    daemon.worker_in("w", "running");
    daemon.configure(worker("w", sleeper(), notify));
    CHECK(has(daemon.ctl({"reload", "--no-wait"}).out, "w: ready (restart)"));
    const auto starting = waiting(daemon, "w", "notify");
    daemon.configure(worker("w", sleeper(), R"("ready": {"notify": true, "timeout": "5m"})"));
    CHECK(has(daemon.ctl({"reload", "--dry-run"}).out, "~ w\n    ready.timeout (live): "));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(daemon.worker_in("w", "stopped").reason.empty());
    CHECK_FALSE(alive(starting.pid));
    CHECK(daemon.stop() == 0);
}
