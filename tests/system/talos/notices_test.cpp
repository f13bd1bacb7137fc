#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/health.hpp"
#include "system/talos/hook_file.hpp"
#include <algorithm>
#include <csignal>
#include <filesystem>

using namespace talos::test;

// onUnhealthy and onFatal: programs that tell others what has become of a worker, beside all else.

namespace {

constexpr const char* raw = R"("log": {"format": "raw"}, )";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool said(const Daemon& daemon, const std::string& words, const std::string& name = "w") {
    return eventually([&] { return has(daemon.worker_log(name), words); });
}

std::ptrdiff_t times_said(const Daemon& daemon, const std::string& words) {
    const auto log = daemon.worker_log("w");
    std::ptrdiff_t times = 0;
    for (auto at = log.find(words); at != std::string::npos; at = log.find(words, at + 1)) ++times;
    return times;
}

/// Sick while there is the file `sick`; each probe is a line of `probes`.
std::string health(const Daemon& daemon, const std::string& more = {}) {
    return R"("health": {"exec": ["sh", "-c", "echo >>)" + daemon.path("probes") + "; test ! -e " + daemon.path("sick") +
           R"("], "interval": "20ms", "failures": 2)" + more + "}, ";
}

const std::string facts =
    R"(echo "$TALOS_HOOK of $TALOS_WORKER, pid $TALOS_PID, code $TALOS_EXIT_CODE, signal $TALOS_EXIT_SIGNAL, result $TALOS_RESULT: $TALOS_REASON.")";
const std::string hangs = "echo here; " + std::string(deaf_for_ever);

}   // namespace

TEST_CASE("onFatal: runs once the worker is fatal, after postStop, and knows why") {
    Daemon daemon;
    daemon.configure(
        worker("w", shell("exit 78"),
               std::string(raw) + R"("fatalExitCodes": [78], )" +
                   hooks({{"postStop", "sleep 0.1; echo post"}, {"onFatal", facts}})) +
        worker("gone", {"/no/such/program"}, std::string(raw) + R"("restart": {"limit": 1}, )" + hooks({{"onFatal", facts}})));
    daemon.start();
    CHECK(said(daemon, "post\nonFatal of w, pid , code 78, signal , result exit: exit code 78 is listed in fatalExitCodes.\n"));
    CHECK(said(
        daemon,
        "onFatal of gone, pid , code , signal , result spawn-error: 1 failure within 1m, the last one: exec /no/such/program",
        "gone"));
    daemon.worker_in("w", "fatal");
    CHECK(times_said(daemon, "onFatal of") == 1);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("onFatal: the worker is fatal at once and can be started while the hook runs") {
    Daemon daemon;
    const auto main = "[ -e " + daemon.path("fine") + " ] || exit 3; exec sleep 120";
    daemon.configure(
        worker("w", shell(main), std::string(raw) + R"("fatalExitCodes": [3], )" + hooks({{"onFatal", hangs, "1h"}})));
    daemon.start();
    REQUIRE(said(daemon, "here"));
    daemon.worker_in("w", "fatal");
    write_text(daemon.path("fine"), "");
    CHECK(daemon.ctl({"start", "w"}).code == 0);
    CHECK(processes_with("TALOS_HOOK=onFatal").size() > 0);
    daemon.process().signal(SIGTERM);
    daemon.worker_in("w", "stopping");
    daemon.process().signal(SIGTERM);
    (void)daemon.process().wait();
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("onFatal: its failures are told, in the log and in the history, and what it leaves behind is ended") {
    Daemon daemon;
    daemon.configure(
        worker("code", shell("exit 3"),
               std::string(raw) + R"("fatalExitCodes": [3], )" + hooks({{"onFatal", "sleep 120 & setsid sleep 120 & exit 7"}})) +
        worker("late", shell("exit 3"), std::string(raw) + R"("fatalExitCodes": [3], )" + hooks({{"onFatal", hangs, "100ms"}})) +
        worker("none", shell("exit 3"), std::string(raw) + R"("fatalExitCodes": [3], "hooks": {"onFatal": ["/no/such/hook"]})"));
    daemon.start();
    CHECK(eventually([&] { return has(daemon.log(), "warning code: onFatal: it ended with exit code 7"); }));
    CHECK(eventually([&] { return has(daemon.log(), "warning late: onFatal: not done within 100ms"); }));
    CHECK(eventually([&] { return has(daemon.log(), "warning none: onFatal: exec /no/such/hook: No such file or directory"); }));
    CHECK(eventually([&] { return times_told(daemon, "code", "hook") == 1; }));
    CHECK(eventually([&] { return processes_with(daemon.run_mark()).empty(); }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("onFatal: a stop of the worker waits for it, for the time of the stop plan at most") {
    Daemon daemon;
    const auto go = daemon.path("go");
    daemon.configure(
        worker("w", shell("exit 3"),
               std::string(raw) + R"("fatalExitCodes": [3], )" + stop_after("1h") + ", " +
                   hooks({{"onFatal", "echo here; until [ -e " + go + " ]; do sleep 0.02; done; echo done", "1h"}})) +
        worker("short", shell("exit 3"),
               std::string(raw) + R"("fatalExitCodes": [3], )" + stop_after("100ms") + ", " + hooks({{"onFatal", hangs, "1h"}})));
    daemon.start();
    REQUIRE(said(daemon, "here"));
    REQUIRE(said(daemon, "here", "short"));
    CHECK(daemon.ctl({"stop", "short"}).code == 0);
    CHECK(daemon.worker_in("short", "stopped").reason.empty());
    CHECK(has(daemon.log(), "warning short: onFatal: killed at the end of the stop plan, not done by then"));
    CHECK(daemon.ctl({"stop", "--no-wait", "w"}).code == 0);
    CHECK(daemon.worker_in("w", "stopping").reason == "waiting for onFatal to end");
    write_text(go, "");
    daemon.worker_in("w", "stopped");
    CHECK(has(daemon.worker_log("w"), "done\n"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("onFatal: a stop of talosd waits for it, and one that is to kill at once does not") {
    Daemon daemon;
    const auto go = daemon.path("go");
    daemon.configure(worker("w", shell("exit 3"),
                            std::string(raw) + R"("fatalExitCodes": [3], )" +
                                hooks({{"onFatal", "echo here; until [ -e " + go + " ]; do sleep 0.02; done; echo done"}})));
    daemon.start();
    REQUIRE(said(daemon, "here"));
    daemon.process().signal(SIGTERM);
    daemon.worker_in("w", "stopping");
    write_text(go, "");
    CHECK(daemon.process().wait() == 0);
    CHECK(has(daemon.worker_log("w"), "done\n"));
    std::filesystem::remove(go);
    std::filesystem::remove(daemon.data("logs/w.log"));
    daemon.start();
    REQUIRE(said(daemon, "here"));
    daemon.process().signal(SIGTERM);
    daemon.worker_in("w", "stopping");
    daemon.process().signal(SIGTERM);
    (void)daemon.process().wait();
    CHECK_FALSE(has(daemon.worker_log("w"), "done\n"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("onFatal: what runs when talosd is killed is ended by the next one") {
    Daemon daemon;
    daemon.configure(
        worker("w", shell("exit 3"),
               std::string(raw) + R"("fatalExitCodes": [3], )" + stop_after("200ms") + ", " + hooks({{"onFatal", hangs, "1h"}})));
    daemon.start();
    REQUIRE(said(daemon, "here"));
    const auto mark = daemon.run_mark();
    daemon.kill();
    daemon.configure(worker("w", sleeper()));
    daemon.start();
    CHECK(processes_with(mark).empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("onUnhealthy: runs beside the restart, which does not wait for it") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(),
                            raw + health(daemon) +
                                hooks({{"onUnhealthy", facts + "; rm " + daemon.path("sick") + "; " + hangs, "1h"}}) + ", " +
                                stop_after("100ms")));
    daemon.start();
    const auto first = daemon.worker_in("w", "running");
    write_text(daemon.path("sick"), "");
    daemon.worker_after("w", first.pid);
    REQUIRE(said(daemon, "here"));
    CHECK(has(daemon.worker_log("w"), "onUnhealthy of w, pid " + std::to_string(first.pid) +
                                          ", code , signal , result : exec sh: sh: exit code 1 (2 times in a row).\n"));
    CHECK(processes_with("TALOS_HOOK=onUnhealthy").size() > 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("onUnhealthy: once for each time that a worker turns unhealthy, also where that is only marked") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), raw + health(daemon, R"(, "action": "mark")") + hooks({{"onUnhealthy", facts}})));
    daemon.start();
    const auto pid = std::to_string(daemon.worker_in("w", "running").pid);
    await_health(daemon, "w", "healthy");
    for (int time = 1; time <= 3; ++time) {
        write_text(daemon.path("sick"), "");
        const bool told = eventually([&] { return times_said(daemon, "onUnhealthy of w, pid " + pid) == time; });
        INFO(daemon.worker_log("w") << daemon.log());
        REQUIRE(told);
        await_health(daemon, "w", "unhealthy");   // the status may lag behind
        const auto probes = [&] { return read_text(daemon.path("probes")).size(); };
        const auto before = probes();
        REQUIRE(eventually([&] { return probes() >= before + 5; }));   // many more failures, and no further notice
        CHECK(times_said(daemon, "onUnhealthy of") == time);
        std::filesystem::remove(daemon.path("sick"));
        await_health(daemon, "w", "healthy");
    }
    CHECK(daemon.stop() == 0);
    CHECK(times_said(daemon, "onUnhealthy of") == 3);
}

TEST_CASE("notices: one runs at a time for a worker, and the next one follows") {
    Daemon daemon;
    const auto go = daemon.path("go");
    daemon.configure(
        worker("w", sleeper(),
               std::string(raw) + R"("restart": {"limit": 1}, )" + health(daemon) +
                   hooks({{"onUnhealthy", "echo first; until [ -e " + go + " ]; do sleep 0.02; done; echo first done"},
                          {"onFatal", "echo second"}})));
    daemon.start();
    daemon.worker_in("w", "running");
    write_text(daemon.path("sick"), "");
    daemon.worker_in("w", "fatal");
    REQUIRE(said(daemon, "first"));
    write_text(go, "");
    REQUIRE(said(daemon, "second"));
    CHECK(in_order(daemon.worker_log("w"), {"first\n", "first done\n", "second\n"}));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("notices: a reload that changes one restarts nobody") {
    Daemon daemon;
    daemon.configure(
        worker("w", sleeper(), raw + health(daemon, R"(, "action": "mark")") + hooks({{"onUnhealthy", "echo old"}})));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    daemon.configure(
        worker("w", sleeper(), raw + health(daemon, R"(, "action": "mark")") + hooks({{"onUnhealthy", "echo new"}})));
    CHECK(call(daemon, "POST", "/v1/reload?wait=30s").json.at("reached").as_bool());
    write_text(daemon.path("sick"), "");
    CHECK(said(daemon, "new"));
    CHECK(daemon.worker_in("w", "running").pid == pid);
    CHECK(daemon.stop() == 0);
}
