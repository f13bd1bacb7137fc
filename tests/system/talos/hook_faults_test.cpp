#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/hook_file.hpp"
#include <csignal>

using namespace talos::test;

// Hooks that do not end, that leave something behind, that write without end, and talosd's own ends in the middle of one.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool said(const Daemon& daemon, const std::string& name, const std::string& words) {
    return eventually([&] { return has(daemon.worker_log(name), words); });
}

/// Prints `left PID` of a process in a session of its own that outlives the hook.
const std::string leave_behind = "setsid sh -c 'echo left $$; exec sleep 120' & ";

std::vector<pid_t> left_by(const Daemon& daemon, const std::string& name) {
    std::vector<pid_t> pids;
    const auto log = daemon.worker_log(name);
    const std::string mark = "left ";
    for (auto at = log.find(mark); at != std::string::npos; at = log.find(mark, at + 1))
        pids.push_back(static_cast<pid_t>(std::strtol(log.c_str() + at + mark.size(), nullptr, 10)));
    return pids;
}

}   // namespace

TEST_CASE("hook faults: one that hangs is killed when its time is over, with all that it has started in any session") {
    Daemon daemon;
    daemon.configure(
        worker("w", sleeper(),
               R"("restart": "never", "log": {"format": "raw"}, )" +
                   hooks({{"preStart", leave_behind + "sh -c \"" + deaf_for_ever + "\" & " + deaf_for_ever, "500ms"}})));
    daemon.start();
    CHECK(daemon.worker_in("w", "exited").reason == "preStart: not done within 500ms");
    REQUIRE(said(daemon, "w", "left "));
    CHECK(processes_with(daemon.run_mark()).empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("hook faults: what one has put into the background is ended with it, and the worker's own is not") {
    Daemon daemon;
    const auto wait_for_it = leave_behind + "until grep -q left " + daemon.data("logs/w.log") + "; do sleep 0.02; done";
    const auto prepare = R"("log": {"format": "raw"}, )" + hooks({{"preStart", wait_for_it}});
    daemon.configure(worker("w", shell(leave_behind + "exec sleep 120"), prepare));
    daemon.start();
    const auto main = daemon.worker_in("w", "running").pid;
    REQUIRE(eventually([&] { return left_by(daemon, "w").size() == 2; }));
    const auto left = left_by(daemon, "w");
    CHECK_FALSE(alive(left[0]));
    CHECK(alive(left[1]));
    CHECK(alive(main));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("hook faults: without its marks too, what is left of one's session is ended") {
    Daemon daemon;
    const auto unmarked = "env -u TALOS_RUN -u TALOS_WORKER -u TALOS_HOOK sleep 120 & echo $! > " + daemon.path("pid");
    daemon.configure(worker("w", sleeper(), hooks({{"preStart", unmarked}})));
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK_FALSE(alive(static_cast<pid_t>(std::stol(read_text(daemon.path("pid"))))));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("hook faults: a preStop and a postStop that hang hold the stop up for their time, not longer") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), hooks({{"preStop", deaf_for_ever, "200ms"}, {"postStop", deaf_for_ever, "200ms"}})));
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(daemon.worker_in("w", "stopped").exit_signal == "SIGTERM");
    CHECK(has(daemon.log(), "w: preStop: not done within 200ms"));
    CHECK(has(daemon.log(), "w: postStop: not done within 200ms"));
    CHECK(processes_with(daemon.run_mark()).empty());
    CHECK(daemon.stop() == 0);
}

TEST_CASE("hook faults: one that floods its output is kept within the log's bounds, and others are served meanwhile") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(),
                            R"("restart": "never", "log": {"format": "raw", "rotateSize": "1MiB", "keep": 1}, )" +
                                hooks({{"preStart", "exec yes", "1s"}})) +
                     worker("other", sleeper()));
    daemon.start();
    daemon.worker_in("other", "running");
    REQUIRE(said(daemon, "w", "y\n"));
    CHECK(daemon.ctl({"restart", "other"}).code == 0);
    CHECK(daemon.worker_in("w", "exited").reason == "preStart: not done within 1s");
    CHECK(daemon.worker_log("w").size() <= 2u << 20);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("hook faults: one that is killed has failed") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), R"("restart": "never", )" + hooks({{"preStart", "kill -9 $$"}})));
    daemon.start();
    CHECK(daemon.worker_in("w", "exited").reason == "preStart: it ended with SIGKILL");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("hook faults: a stop ends a preStart by the worker's plan") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper(),
                            R"("log": {"format": "raw"}, )" + stop_after("200ms") + ", " +
                                hooks({{"preStart", std::string("echo here; ") + deaf_for_ever, "1h"},
                                       {"postStop", "echo after $TALOS_RESULT,$TALOS_EXIT_CODE$TALOS_EXIT_SIGNAL."}})));
    daemon.start();
    REQUIRE(said(daemon, "w", "here"));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(daemon.worker_in("w", "stopped").exit_signal.empty());
    CHECK(has(daemon.worker_log("w"), "after timeout,.\n"));   // it had to be killed
    CHECK(processes_with(daemon.run_mark()).empty());
    CHECK(daemon.stop() == 0);
}

TEST_CASE("hook faults: the second signal to talosd kills the hooks, those that run and those that would follow") {
    Daemon daemon;
    daemon.configure(
        worker("w", sleeper(),
               R"("log": {"format": "raw"}, )" +
                   hooks({{"preStop", std::string("echo here; ") + deaf_for_ever, "1h"}, {"postStop", "echo after"}})) +
        worker("over", sleeper(),
               R"("log": {"format": "raw"}, )" + hooks({{"postStop", std::string("echo here; ") + deaf_for_ever, "1h"}})));
    daemon.start();
    daemon.worker_in("w", "running");
    daemon.worker_in("over", "running");
    daemon.process().signal(SIGTERM);
    REQUIRE(said(daemon, "w", "here"));
    REQUIRE(said(daemon, "over", "here"));
    daemon.process().signal(SIGTERM);
    CHECK(daemon.process().wait() == 0);
    CHECK_FALSE(has(daemon.worker_log("w"), "after"));   // the shell may say that its sleep was killed
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("hook faults: what a SIGKILLed talosd leaves of a hook is ended by the next one") {
    Daemon daemon;
    const auto prepare = hooks({{"preStart", leave_behind + "echo here; sleep 120", "1h"}});
    daemon.configure(worker("w", sleeper(), R"("log": {"format": "raw"}, )" + prepare));
    daemon.start();
    REQUIRE(said(daemon, "w", "here"));
    REQUIRE(said(daemon, "w", "left "));
    const auto hook = processes_with(daemon.run_mark());
    CHECK(hook.size() >= 2);
    daemon.kill();
    daemon.configure(worker("w", sleeper()));
    daemon.start();
    for (const pid_t pid : hook) CHECK_FALSE(alive(pid));
    daemon.worker_in("w", "running");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
