#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/health.hpp"
#include "system/talos/notifier.hpp"
#include <chrono>
#include <csignal>

using namespace talos::test;
using namespace std::chrono_literals;

// Workers that have to send heartbeats.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string watchdog(const std::string& interval, const std::string& more = {}) {
    return R"("health": {"watchdog": true, "interval": ")" + interval + "\"" + more + "}";
}

constexpr const char* mark = R"(, "action": "mark")";
constexpr const char* beats = "def beat(more=''):\n    notify('WATCHDOG=1' + more); time.sleep(0.02)\n";

std::vector<std::string> beating(const Daemon& daemon, const std::string& script) { return python(daemon, beats + script); }

}   // namespace

TEST_CASE("watchdog: who falls silent is restarted, whatever its readiness is") {
    Daemon daemon;
    daemon.configure(
        worker("w",
               beating(daemon, "print(os.environ['WATCHDOG_USEC'], 'WATCHDOG_PID' in os.environ)\n"
                               "while not os.path.exists('silence'): beat()\nos.remove('silence')\nrest()"),
               watchdog("500ms", R"(, "grace": "1m")") + R"(, "ready": {"log": "500000"}, "log": {"format": "raw"})"));
    daemon.start();
    const auto first = daemon.worker_in("w", "running");
    CHECK(daemon.worker_log("w") == "500000 False\n");
    await_health(daemon, "w", "healthy");
    write_text(daemon.path("silence"), "");
    daemon.worker_after("w", first.pid);
    const auto told = last_told(daemon, "w", "stopping");
    CHECK(told.cause == "unhealthy");
    CHECK(told.reason == "unhealthy: watchdog: no heartbeat within 500ms");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("watchdog: who never sends one is unhealthy once the grace is over, and heals with the first") {
    Daemon daemon;
    const auto late = beating(daemon, "wait_for('go')\nwhile True: beat()");
    daemon.configure(worker("w", late, watchdog("100ms", std::string(R"(, "grace": "300ms")") + mark)));
    daemon.start();
    const auto before = daemon.worker_in("w", "running");
    CHECK(await_health(daemon, "w", "unhealthy").reason == "watchdog: no heartbeat within 100ms");
    write_text(daemon.path("go"), "");
    await_health(daemon, "w", "healthy");
    CHECK(daemon.worker_in("w", "running").pid == before.pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("watchdog: a worker can report itself, and set another limit for its run") {
    Daemon daemon;
    daemon.configure(
        worker("reports", beating(daemon, "beat()\nwait_for('go')\nnotify('WATCHDOG=trigger')\nrest()"), watchdog("1h")) +
        worker("limits", beating(daemon, "beat('\\nWATCHDOG_USEC=150000')\nrest()"), watchdog("1h", mark)));
    daemon.start();
    CHECK(await_health(daemon, "limits", "unhealthy").reason == "watchdog: no heartbeat within 150ms");
    CHECK(times_told(daemon, "limits", "unhealthy") == 1);
    CHECK(times_told(daemon, "limits", "healthy") == 1);
    const auto first = daemon.worker_in("reports", "running");
    await_health(daemon, "reports", "healthy");
    write_text(daemon.path("go"), "");
    REQUIRE(eventually([&] { return last_told(daemon, "reports", "stopping").cause == "unhealthy"; }));
    CHECK(last_told(daemon, "reports", "stopping").reason == "unhealthy: watchdog: it sent WATCHDOG=trigger");
    daemon.worker_after("reports", first.pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("watchdog: heartbeats of a stranger are none") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), watchdog("500ms", mark)));
    daemon.start();
    const Stranger stranger(notify_socket_of(daemon.worker_in("w", "running")));
    CHECK(eventually([&] {
        (void)stranger.send("WATCHDOG=1");
        return health_of(daemon, "w").state == "unhealthy";
    }));
    CHECK(times_told(daemon, "w", "healthy") == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("watchdog: a flood of heartbeats costs its sender's time, and nothing is written of it") {
    Daemon daemon;
    const auto flooding_one = python(daemon, "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
                                             "s.connect(os.environ['NOTIFY_SOCKET'])\nwhile True: s.send(b'WATCHDOG=1')");
    daemon.configure(worker("floods", flooding_one, watchdog("5s", R"(, "grace": "1m")")) +
                     worker("other", sleeper(), R"("restart": {"delay": "0s"})"));
    daemon.start();
    await_health(daemon, "floods", "healthy");
    const auto flooding = daemon.worker_in("floods", "running");
    const auto history = daemon.events().size();
    for (int round = 0; round < 3; ++round) {
        const auto before = daemon.worker_in("other", "running");
        kill_main(before);
        daemon.worker_after("other", before.pid);
    }
    CHECK(daemon.events().size() == history + 6);   // starting and running of the other
    CHECK(daemon.worker_in("floods", "running").pid == flooding.pid);
    CHECK(daemon.ctl({"status"}).code == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("watchdog: a talosd that stood still for longer than the interval blames nobody for it") {
    Daemon daemon;
    daemon.configure(worker("w", beating(daemon, "while True: beat()"), watchdog("1s", R"(, "grace": "1m")")));
    daemon.start();
    await_health(daemon, "w", "healthy");
    const auto before = daemon.worker_in("w", "running");
    REQUIRE(::kill(daemon.pid(), SIGSTOP) == 0);
    const auto until = std::chrono::steady_clock::now() + 1500ms;
    CHECK(eventually([&] { return std::chrono::steady_clock::now() > until; }));
    REQUIRE(::kill(daemon.pid(), SIGCONT) == 0);
    CHECK(daemon.ctl({"status"}).code == 0);   // it turns again
    CHECK(times_told(daemon, "w", "unhealthy") == 0);
    CHECK(daemon.worker_in("w", "running").pid == before.pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("watchdog: systemd-notify sends heartbeats, too") {
    if (!exists("/usr/bin/systemd-notify")) TALOS_SKIP("needs systemd-notify");
    Daemon daemon(worker("w", shell("while [ ! -e end ]; do systemd-notify WATCHDOG=1; done; exec sleep 120"), watchdog("1h")));
    daemon.start();
    await_health(daemon, "w", "healthy");
    CHECK(has(daemon.ctl({"status", "--json"}).out, "\"heartbeatAt\":"));
    write_text(daemon.path("end"), "");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("watchdog: a worker whose health changes without end fills neither the history nor the log") {
    Daemon daemon;
    daemon.configure(worker("w",
                            beating(daemon, "for i in range(500):\n    notify('WATCHDOG=trigger')\n    notify('WATCHDOG=1')\n"
                                            "notify('WATCHDOG=trigger')\nopen('done', 'w').close()\nrest()"),
                            watchdog("1h", mark)));
    daemon.start();
    daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return exists(daemon.path("done")); }));
    await_health(daemon, "w", "unhealthy");
    const auto told = times_told(daemon, "w", "unhealthy") + times_told(daemon, "w", "healthy");
    CHECK(told >= 20);
    CHECK(told <= 40);
    CHECK(eventually([&] { return has(read_text(daemon.data("status.json")), "\"unhealthy\""); }));
    CHECK(daemon.stop() == 0);
}
