#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/notifier.hpp"
#include <csignal>
#include <filesystem>

using namespace talos::test;

// A server that replaces itself by a new process, which it names with MAINPID=.

namespace {

constexpr const char* notify = R"("ready": {"notify": true}, "restart": {"delay": "0s"})";

/// Once `go` is there: a successor, its PID to talosd and to the file `successor`, and the end of this process with code 3.
std::string replaced(const std::string& how) {
    return "notify('READY=1')\nwait_for('go')\nchild = subprocess.Popen(['sleep', '120']" + how +
           ")\nnotify('MAINPID=%d' % child.pid)\nopen('successor.tmp', 'w').write(str(child.pid))\nos.rename('successor.tmp', "
           "'successor')\n"
           "import sys\nsys.stdout.flush()\nos._exit(3)";
}

pid_t successor_of(const Daemon& daemon) {
    REQUIRE(eventually([&] { return exists(daemon.path("successor")); }));
    return static_cast<pid_t>(std::stol(read_text(daemon.path("successor"))));
}

}   // namespace

TEST_CASE("main process: the one that MAINPID= names is followed when the old one ends") {
    const std::string how = GENERATE("", ", start_new_session=True", ", process_group=0");
    const std::string cgroup = GENERATE("\"cgroup\": \"auto\",", "\"cgroup\": \"off\",");
    CAPTURE(how, cgroup);
    Daemon daemon;
    auto text = replaced(how);
    if (how.find("process_group") != std::string::npos) text = replaced(", preexec_fn=os.setpgrp");
    daemon.configure(worker("w", python(daemon, text), notify), cgroup);
    daemon.start();
    const auto old = daemon.worker_in("w", "running");
    write_text(daemon.path("go"), "");
    const auto successor = successor_of(daemon);
    const auto now = daemon.worker_when("w", [&](const auto& view) { return view.pid == successor; });
    CHECK(now.state == "running");
    CHECK(now.restarts == 0);
    CHECK(now.start_ticks == proc(successor).start_ticks);
    CHECK(eventually([&] { return !alive(old.pid); }));
    CHECK(daemon.log().find("pid " + std::to_string(successor) + " is its main process now, named by MAINPID=; pid " +
                            std::to_string(old.pid) + ": exit code 3") != std::string::npos);
    SECTION("its end is the worker's") {
        std::filesystem::remove(daemon.path("go"));
        kill_main(now);
        const auto after = daemon.worker_after("w", successor);
        CHECK(after.restarts == 1);
        CHECK(after.exit_signal == "SIGKILL");
    }
    SECTION("signals and the stop go to it") {
        CHECK(daemon.ctl({"signal", "STOP", "w"}).code == 0);
        CHECK(eventually([&] { return proc(successor).state == 'T'; }));
        CHECK(daemon.ctl({"stop", "w"}).code == 0);
        CHECK(daemon.worker_in("w", "stopped").exit_signal == "SIGTERM");
        CHECK_FALSE(alive(successor));
    }
    SECTION("and on, again and again") {
        CHECK(daemon.ctl({"restart", "w"}).code == 0);
        daemon.worker_in("w", "running");
    }
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("main process: without a successor that lives, the end of main is the worker's") {
    Daemon daemon;
    daemon.configure(
        worker("w",
               python(daemon, "notify('READY=1')\nchild = subprocess.Popen(['true'])\nnotify('MAINPID=%d' % child.pid)\n"
                              "child.wait()\nos._exit(3)"),
               R"("ready": {"notify": true}, "restart": {"policy": "never"})"));
    daemon.start();
    CHECK(daemon.worker_in("w", "exited").exit_code == 3);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("main process: MAINPID= of a process of another user is refused") {
    if (!is_root()) TALOS_SKIP("needs root");
    Daemon daemon;
    daemon.configure(
        worker("w",
               python(daemon, "child = subprocess.Popen(['sleep', '120'], preexec_fn=lambda: os.setuid(65534))\n"
                              "import time\nwhile os.stat('/proc/%d' % child.pid).st_uid != 65534: time.sleep(0.01)\n"
                              "notify('MAINPID=%d\\nREADY=1' % child.pid)\nwait_for('go')\nos._exit(3)"),
               R"("ready": {"notify": true}, "restart": {"policy": "never"})"));
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK(eventually(
        [&] { return daemon.log().find("is ignored: that process has user 65534, the worker 0") != std::string::npos; }));
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_in("w", "exited").exit_code == 3);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
