#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <sstream>

using namespace talos::test;

namespace {

bool said(const Daemon& daemon, const std::string& name, const std::string& word) {
    return eventually([&] { return daemon.worker_log(name).find(word) != std::string::npos; });
}

/// The first number that the worker wrote.
pid_t pid_said_by(const Daemon& daemon, const std::string& name) {
    const std::string mark = " F ";
    pid_t pid = 0;
    REQUIRE(eventually([&] {
        const auto log = daemon.worker_log(name);
        const auto at = log.rfind(mark);
        if (at == std::string::npos || log.back() != '\n') return false;
        pid = static_cast<pid_t>(std::strtol(log.c_str() + at + mark.size(), nullptr, 10));
        return pid > 1;
    }));
    return pid;
}

long memory_peak_kib(pid_t pid) {
    std::istringstream lines(read_text("/proc/" + std::to_string(pid) + "/status"));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("VmHWM:")) return std::strtol(line.c_str() + 6, nullptr, 10);
    return 0;
}

}   // namespace

TEST_CASE("stop plan: a worker that ignores SIGTERM is killed when its wait is over, and it is said who") {
    Daemon daemon(worker("deaf", {program("ignore_term")}, stop_after("300ms")) + worker("polite", sleeper()));
    daemon.start();
    REQUIRE(said(daemon, "deaf", "ready"));
    const auto begin = Clock::now();
    CHECK(daemon.stop() == 0);
    CHECK(Clock::now() - begin >= 300ms);
    CHECK(daemon.left_behind() == "");
    const auto log = daemon.log();
    INFO(log);
    CHECK(log.find("deaf: SIGKILL to") != std::string::npos);
    CHECK(log.find("polite: SIGKILL") == std::string::npos);
}

TEST_CASE("stop plan: each step's signal comes in its turn") {
    const auto script = "trap 'echo got TERM' TERM; trap 'echo got INT' INT; trap 'echo got USR1; exit 0' USR1;"
                        "echo ready; while :; do sleep 0.02; done";
    Daemon daemon(worker("w", shell(script), R"("stop": {"steps": [{"signal": "SIGINT", "wait": "200ms"},
        {"signal": "SIGTERM", "wait": "200ms"}, {"signal": "SIGUSR1", "wait": "1h"}]})"));
    daemon.start();
    REQUIRE(said(daemon, "w", "ready"));
    CHECK(daemon.stop() == 0);
    const auto log = daemon.worker_log("w");
    INFO(log);
    const auto first = log.find("got INT");
    const auto second = log.find("got TERM");
    const auto third = log.find("got USR1");
    CHECK(first < second);
    CHECK(second < third);
    CHECK(third != std::string::npos);
    CHECK(daemon.log().find("SIGKILL") == std::string::npos);
}

TEST_CASE("a worker that stopped itself acts on the stop like any other") {
    Daemon daemon(worker("w", {program("stop_self")}, stop_after("1h")));
    daemon.start();
    REQUIRE(said(daemon, "w", "ready"));
    const auto pid = daemon.worker_in("w", "running").pid;
    REQUIRE(eventually([&] { return proc(pid).state == 'T'; }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a worker that closes its output is not taken for dead") {
    Daemon daemon(worker("w", {program("close_output")}));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    REQUIRE(eventually([&] { return !exists("/proc/" + std::to_string(pid) + "/fd/1"); }));
    CHECK(daemon.worker_in("w", "running").pid == pid);
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(pid));
}

TEST_CASE("output without end and without a newline: all of it is in the rotated files, talosd's memory stays small") {
    const long long bytes = sanitized ? 64ll << 20 : 1ll << 30;
    Daemon daemon(worker("w", {program("no_newline"), std::to_string(bytes)},
                         R"("restart": "never", "log": {"rotateSize": "1MiB", "keep": 1, "format": "raw"})"));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.workers().front().state == "exited"; }, 120s));
    CHECK(daemon.worker_in("w", "exited").exit_code == 0);
    const long peak = memory_peak_kib(daemon.pid());
    CAPTURE(peak);
    if (!sanitized) CHECK(peak < 64 * 1024);
    const auto log = daemon.worker_log("w");
    CHECK(log.size() <= 2u << 20);
    CHECK(log.find_first_not_of("x\n") == std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a worker with 200 children: all are gone after the stop") {
    Daemon daemon(worker("bomb", {program("fork_bomb"), "200"}, stop_after("100ms")));
    daemon.start();
    REQUIRE(said(daemon, "bomb", "ready"));
    CHECK(processes_with(daemon.run_mark()).size() == 201);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a worker with 200 children crashes: all are gone before its next run") {
    Daemon daemon(worker("bomb", {program("fork_bomb"), "200"}, R"("restart": {"delay": "1ms"})"));
    daemon.start();
    REQUIRE(said(daemon, "bomb", "ready"));
    const auto before = daemon.worker_in("bomb", "running");
    kill_main(before);
    daemon.worker_after("bomb", before.pid);
    REQUIRE(eventually([&] { return processes_with(daemon.run_mark()).size() == 201; }));
    for (const pid_t pid : processes_with(daemon.run_mark())) CHECK(proc(pid).session != before.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a grandchild that double-forked into its own session is gone after the stop") {
    Daemon daemon(worker("w", {program("double_fork")}));
    daemon.start();
    const auto escaped = pid_said_by(daemon, "w");
    CHECK(proc(escaped).ppid == daemon.pid());
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(escaped));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a grandchild that double-forked is gone before its crashed worker starts again") {
    Daemon daemon(worker("w", {program("double_fork")}, R"("restart": {"delay": "1ms"})"));
    daemon.start();
    const auto escaped = pid_said_by(daemon, "w");
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);
    const auto after = daemon.worker_after("w", before.pid);
    CHECK_FALSE(alive(escaped));
    CHECK(alive(after.pid));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("the orphans of one worker are never taken for another's") {
    Daemon daemon(worker("one", {program("double_fork")}, R"("restart": "never")") + worker("two", {program("double_fork")}));
    daemon.start();
    const auto of_one = pid_said_by(daemon, "one");
    const auto of_two = pid_said_by(daemon, "two");
    kill_main(daemon.worker_in("one", "running"));
    daemon.worker_in("one", "exited");
    REQUIRE(eventually([&] { return !alive(of_one); }));
    CHECK(alive(of_two));
    CHECK(daemon.worker_in("two", "running").restarts == 0);
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(of_two));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a stranger that ends up with talosd is reaped and disturbs nobody, at the end it is ended and reported") {
    // no marks and a session of its own: nobody's
    const std::string away = "env -u TALOS_RUN -u TALOS_WORKER setsid sh -c ";
    // it holds no pipe of the worker's: only its file says its number
    Daemon daemon;
    const std::string apart = "</dev/null >" + daemon.path("pid") + " 2>&1 &) ; ";
    daemon.configure(worker("w", shell("(" + away + "'exec sleep 0.1' " + apart + "(" + away + "'echo $$; exec sleep 120' " +
                                       apart + "exec sleep 120")),
                     R"("cgroup": "off", )");
    daemon.start();
    const auto view = daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return read_text(daemon.path("pid")).ends_with('\n'); }));
    const auto stranger = static_cast<pid_t>(std::stol(read_text(daemon.path("pid"))));
    REQUIRE(eventually([&] { return proc(stranger).ppid == daemon.pid() && proc(stranger).session == stranger; }));
    const std::string self = std::to_string(daemon.pid());
    REQUIRE(eventually([&] {   // the short one is gone, not a zombie
        std::istringstream children(read_text("/proc/" + self + "/task/" + self + "/children"));
        int count = 0;
        for (pid_t child = 0; children >> child;) ++count;
        return count == 2;
    }));
    kill_main(view);
    const auto after = daemon.worker_after("w", view.pid);
    CHECK(after.exit_signal == "SIGKILL");
    CHECK(alive(stranger));
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(stranger));
    CHECK(daemon.left_behind() == "");
    CHECK(daemon.log().find("belong to no worker: pid ") != std::string::npos);
}

TEST_CASE("a tree whose main process ends on SIGTERM and whose child does not: the child gets the further steps") {
    const auto child =
        R"(sh -c 'trap "" TERM; trap "echo child got USR1; exit 0" USR1; echo ready; while :; do sleep 0.02; done')";
    Daemon daemon(worker("w", shell(std::string(child) + " & exec sleep 120"),
                         R"("stop": {"steps": [{"signal": "SIGTERM", "wait": "100ms"}, {"signal": "SIGUSR1", "wait": "1h"}]})"));
    daemon.start();
    REQUIRE(said(daemon, "w", "ready"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
    INFO(daemon.worker_log("w"));
    CHECK(daemon.worker_log("w").find("child got USR1") != std::string::npos);
    CHECK(daemon.log().find("SIGKILL") == std::string::npos);
}

TEST_CASE("a tree of hundreds of sessions: each of them gets the further steps, and none has to be killed") {
    const bool cgroups = GENERATE(true, false);
    Daemon daemon;
    daemon.configure(
        worker("w", {program("many_sessions")},
               R"("stop": {"steps": [{"signal": "SIGTERM", "wait": "100ms"}, {"signal": "SIGUSR1", "wait": "1h"}]})"),
        cgroups ? "" : R"("cgroup": "off", )");
    daemon.start();
    REQUIRE(said(daemon, "w", "ready"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
    CHECK(daemon.log().find("SIGKILL") == std::string::npos);
}

TEST_CASE("a tree that forks on, into sessions of its own, while it is being killed is gone after the stop") {
    const std::string forker = "trap '' TERM; while :; do setsid sleep 120 & sleep 0.002; done";
    Daemon daemon(worker("w", shell("setsid sh -c \"" + forker + "\" & echo ready; " + forker), stop_after("100ms")));
    daemon.start();
    REQUIRE(said(daemon, "w", "ready"));
    REQUIRE(eventually([&] { return processes_with(daemon.run_mark()).size() > 20; }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
