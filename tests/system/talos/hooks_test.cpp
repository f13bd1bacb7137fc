#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/hook_file.hpp"
#include <csignal>

using namespace talos::test;

// Programs that are run beside a worker: when each of them runs, and what becomes of the worker meanwhile.

namespace {

constexpr const char* raw = R"(, "log": {"format": "raw"}, )";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The reason of the history's line about a hook of the worker; empty when there is none.
std::string told_of_hook(const Daemon& daemon, const std::string& name) {
    for (const auto& event : daemon.events()) {
        const auto* worker = event.if_contains("worker");
        if (worker == nullptr || worker->as_string() != name || event.contains("to") || event.at("cause").as_string() != "hook")
            continue;
        return std::string(event.at("reason").as_string());
    }
    return {};
}

bool said(const Daemon& daemon, const std::string& name, const std::string& words) {
    return eventually([&] { return has(daemon.worker_log(name), words); });
}

}   // namespace

TEST_CASE("hooks: each runs in its turn, as the worker does, knows what it is for, and writes into the worker's log") {
    Daemon daemon;
    const auto tell = R"(echo "$TALOS_HOOK of $TALOS_WORKER $MARK in $PWD, pid $TALOS_PID,")"
                      R"( "code $TALOS_EXIT_CODE, signal $TALOS_EXIT_SIGNAL.")";
    daemon.configure(worker("w", shell("echo main; exec sleep 120"),
                            R"("cwd": "/usr", "env": {"MARK": "m"})" + std::string(raw) +
                                hooks({{"preStart", tell}, {"postStart", tell}, {"preStop", tell}, {"postStop", tell}})));
    daemon.start();
    const auto pid = std::to_string(daemon.worker_in("w", "running").pid);
    REQUIRE(said(daemon, "w", "postStart"));
    REQUIRE(said(daemon, "w", "main"));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    const auto log = daemon.worker_log("w");
    INFO(log);
    CHECK(in_order(log, {"preStart of w m in /usr, pid , code , signal .\n", "main\n"}));
    CHECK(has(log, "postStart of w m in /usr, pid " + pid + ", code , signal .\n"));
    CHECK(in_order(log, {"main\n", "preStop of w m in /usr, pid " + pid + ", code , signal .\n",
                         "postStop of w m in /usr, pid , code , signal SIGTERM.\n"}));
    CHECK(told_of_hook(daemon, "w").empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("hooks: each runs as the worker's user, with its limits and umask") {
    if (!is_root()) TALOS_SKIP("needs root");
    Daemon daemon;
    daemon.configure(worker("w", sleeper(),
                            R"("cwd": "/", "user": "65534", "group": "65534", "umask": "0027", "rlimits": {"nofile": 77})" +
                                std::string(raw) + hooks({{"preStart", "id -u; umask; ulimit -n"}})));
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK(daemon.worker_log("w") == "65534\n0027\n77\n");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("hooks: a worker without a log has hooks, and one that runs for the first time has its log for preStart") {
    Daemon daemon;
    daemon.configure(
        worker("silent", sleeper(), R"("log": "none", )" + hooks({{"preStart", "echo hello; touch " + daemon.path("ran")}})) +
        worker("torn", shell("echo main; exec sleep 120"),
               R"("streams": "separate")" + std::string(raw) + hooks({{"preStart", "printf torn"}})));
    daemon.start();
    daemon.worker_in("silent", "running");
    CHECK(exists(daemon.path("ran")));
    REQUIRE(said(daemon, "torn", "main"));
    CHECK(daemon.worker_log("torn") == "torn\nmain\n");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("preStart: the worker is starting without a process until it has ended, and says what it waits for") {
    Daemon daemon;
    const auto go = daemon.path("go");
    daemon.configure(worker("w", sleeper(), hooks({{"preStart", "until [ -e " + go + " ]; do sleep 0.02; done"}})));
    daemon.start();
    const auto starting = daemon.worker_in("w", "starting");
    CHECK(starting.pid == 0);
    CHECK(starting.reason == "waiting for preStart to end");
    CHECK(has(daemon.ctl({"status"}).out, "waiting for preStart to end"));
    write_text(go, "");
    const auto running = daemon.worker_in("w", "running");
    CHECK(running.pid != 0);
    CHECK(running.reason.empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("preStart: its failure is a failed start that names it, and whoever asked for the start is told") {
    Daemon daemon;
    daemon.configure(
        worker("w", sleeper(),
               R"("autostart": false, "restart": {"limit": 3, "delay": "10ms"}, )" + hooks({{"preStart", "exit 7"}})) +
        worker("none", sleeper(), R"("autostart": false, "restart": "never", "hooks": {"preStart": ["/no/such/hook"]})"));
    daemon.start();
    const auto answer = daemon.ctl({"start", "w"});
    INFO(answer.out << answer.err);
    CHECK(answer.code == 1);
    CHECK(has(answer.err, "preStart: it ended with exit code 7"));
    const auto fatal = daemon.worker_in("w", "fatal");
    CHECK(fatal.reason == "3 failures within 1m, the last one: preStart: it ended with exit code 7");
    CHECK(daemon.ctl({"start", "none"}).code == 1);
    const auto left = daemon.worker_in("none", "exited");
    CHECK(has(left.reason, "preStart: exec /no/such/hook: No such file or directory"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("preStart: a restart that waits for it comes true with the new process") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), hooks({{"preStart", "sleep 0.05"}})));
    daemon.start();
    const auto before = daemon.worker_in("w", "running").pid;
    CHECK(daemon.ctl({"restart", "w"}).code == 0);
    const auto after = daemon.workers().front();
    CHECK(after.state == "running");
    CHECK(after.pid != before);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("postStart: its failure is told, and the worker runs on") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), hooks({{"postStart", "kill -SEGV $$"}})));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    REQUIRE(eventually([&] { return !told_of_hook(daemon, "w").empty(); }));
    CHECK(has(told_of_hook(daemon, "w"), "postStart: it ended with SIGSEGV"));
    CHECK(has(daemon.log(), "warning w: postStart: it ended with SIGSEGV"));
    CHECK(daemon.worker_in("w", "running").pid == pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("postStart: it does not outlive the run, and a stop does not wait for it") {
    Daemon daemon;
    const auto hang = std::string("echo here $TALOS_PID; ") + deaf_for_ever;
    daemon.configure(worker("w", sleeper(), std::string(raw).substr(2) + hooks({{"postStart", hang, "1h"}})));
    daemon.start();
    const auto first = daemon.worker_in("w", "running");
    REQUIRE(said(daemon, "w", "here " + std::to_string(first.pid)));
    kill_main(first);
    const auto second = daemon.worker_after("w", first.pid);
    REQUIRE(said(daemon, "w", "here " + std::to_string(second.pid)));
    CHECK(processes_with("TALOS_PID=" + std::to_string(first.pid)).empty());
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(processes_with(daemon.run_mark()).empty());
    CHECK(told_of_hook(daemon, "w").empty());
    CHECK(daemon.stop() == 0);
}

TEST_CASE("preStop: the first signal comes when it has ended, the countdown includes it, and the worker is there for it") {
    Daemon daemon;
    const auto go = daemon.path("go");
    daemon.configure(worker(
        "w", sleeper(),
        stop_after("1h") + raw +
            hooks({{"preStop", "kill -0 $TALOS_PID && echo there; until [ -e " + go + " ]; do sleep 0.02; done", "20h"}})));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    Call stop(daemon, "POST", "/v1/workers/w/stop?wait=1m");
    REQUIRE(said(daemon, "w", "there"));
    const auto stopping = daemon.worker_in("w", "stopping");
    CHECK(stopping.pid == pid);
    CHECK(stopping.reason == "waiting for preStop to end");
    CHECK(alive(pid));
    const auto row = call(daemon, "GET", "/v1/workers/w");
    INFO(row.body);
    CHECK(row.json.at("stopHooks").to_number<std::int64_t>() == 72'000'000);
    write_text(go, "");
    CHECK(daemon.worker_in("w", "stopped").exit_signal == "SIGTERM");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("preStop: it is ended when the worker ends meanwhile") {
    Daemon daemon;
    const auto hang = std::string("echo here; ") + deaf_for_ever;
    daemon.configure(worker("w", sleeper(), std::string(raw).substr(2) + hooks({{"preStop", hang, "1h"}})));
    daemon.start();
    const auto main = daemon.worker_in("w", "running");
    CHECK(daemon.ctl({"stop", "--no-wait", "w"}).code == 0);
    REQUIRE(said(daemon, "w", "here"));
    kill_main(main);
    CHECK(daemon.worker_in("w", "stopped").exit_signal == "SIGKILL");
    CHECK(told_of_hook(daemon, "w").empty());
    CHECK(processes_with(daemon.run_mark()).empty());
    CHECK(daemon.stop() == 0);
}

TEST_CASE("postStop: after a crash it knows how the run ended, and the next one waits for it") {
    Daemon daemon;
    const auto go = daemon.path("go");
    const auto main = "echo main; [ -e " + go + " ] || exit 3; exec sleep 120";
    const auto after = "until [ -e " + go + " ]; do sleep 0.02; done; echo after $TALOS_EXIT_CODE$TALOS_EXIT_SIGNAL";
    daemon.configure(worker("w", shell(main), R"("restart": {"delay": "0s"})" + std::string(raw) + hooks({{"postStop", after}})));
    daemon.start();
    const auto waiting =
        daemon.worker_when("w", [](const auto& view) { return view.state == "backoff" && !view.reason.empty(); });
    CHECK(waiting.reason == "waiting for postStop to end");
    write_text(go, "");
    daemon.worker_in("w", "running");
    REQUIRE(said(daemon, "w", "after 3\nmain\n"));
    CHECK(daemon.stop() == 0);
    CHECK(has(daemon.worker_log("w"), "after SIGTERM\n"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("postStop: a stop of talosd waits for it") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), hooks({{"postStop", "sleep 0.3; touch " + daemon.path("done")}})));
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK(daemon.status()->at("stopTimeout").to_number<std::int64_t>() == 65'000);
    CHECK(daemon.stop() == 0);
    CHECK(exists(daemon.path("done")));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("hooks: a reload that changes one restarts nobody, and it counts the next time") {
    Daemon daemon;
    const auto config = [&](const std::string& words) {
        daemon.configure(worker("w", sleeper(), std::string(raw).substr(2) + hooks({{"postStop", "echo " + words}})));
    };
    config("first");
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    config("second");
    CHECK(call(daemon, "POST", "/v1/reload?wait=30s").json.at("reached").as_bool());
    CHECK(daemon.worker_in("w", "running").pid == pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.worker_log("w") == "second\n");
}

TEST_CASE("postStop: removes what a preStart has made, also when the start came to nothing, and knows why") {
    Daemon daemon;
    const auto lock = [&](const std::string& name) { return daemon.path(name + ".lock"); };
    const auto after = [&](const std::string& name) {
        return HookScript{"postStop",
                          "rm " + lock(name) + "; echo result $TALOS_RESULT code $TALOS_EXIT_CODE signal $TALOS_EXIT_SIGNAL."};
    };
    const auto made = [&](const std::string& name, const std::vector<std::string>& command, const std::string& extra,
                          const std::string& then = "true") {
        return worker(name, command,
                      R"("autostart": false, "restart": "never")" + std::string(raw) + extra +
                          hooks({{"preStart", "touch " + lock(name) + "; " + then}, after(name)}));
    };
    daemon.configure(made("hook", sleeper(), "", "exit 3") + made("exec", {"/no/such/program"}, "") +
                     made("exit", shell("exit 3"), "") + made("signal", shell("kill -9 $$"), "") +
                     made("late", sleeper(), R"("ready": {"notify": true, "timeout": "100ms"}, )") + made("fine", {"true"}, ""));
    daemon.start();
    const std::vector<std::pair<std::string, std::string>> expected{
        {"hook", "result hook code signal ."},           {"exec", "result spawn-error code signal ."},
        {"exit", "result exit code 3 signal ."},         {"signal", "result signal code signal SIGKILL."},
        {"late", "result timeout code signal SIGTERM."}, {"fine", "result success code 0 signal ."},
    };
    for (const auto& [name, words] : expected) {
        INFO(name);
        (void)daemon.ctl({"start", "--no-wait", name});
        CHECK(said(daemon, name, words));
        CHECK(eventually([&] { return !exists(lock(name)); }));
        daemon.worker_in(name, "exited");
    }
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("postStop: a stop that interrupts a preStart runs it, and nothing has failed") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(),
                            std::string(raw).substr(2) +
                                hooks({{"preStart", "echo here; exec sleep 120"}, {"postStop", "echo result $TALOS_RESULT."}})));
    daemon.start();
    REQUIRE(said(daemon, "w", "here"));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(has(daemon.worker_log("w"), "result success.\n"));
    CHECK(daemon.worker_in("w", "stopped").reason.empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
