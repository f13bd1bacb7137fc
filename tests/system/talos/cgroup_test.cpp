#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/cgroup.hpp"
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace talos::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void write_number(const std::string& file, pid_t number) {
    std::ofstream out(file);
    out << number << std::flush;
    REQUIRE(out.good());
}

std::string hooks(const std::string& name, const std::string& script) {
    return R"("hooks": {")" + name + R"(": {"command": ["sh", "-c", ")" + script + R"("], "timeout": "20s"}})";
}

}   // namespace

TEST_CASE("cgroup: a process that left its session and emptied its environment ends with its run, at a restart and at a stop") {
    if (!has_cgroups()) TALOS_SKIP("no cgroup can be made here");
    Daemon daemon;
    daemon.configure(worker("w", shell("rm -f " + daemon.path("pid") + "; " + escape(daemon.path("pid")) + "; exec sleep 120")));
    daemon.start();
    const auto first = pid_in(daemon.path("pid"));
    const auto before = daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return proc(first).ppid == daemon.pid() && proc(first).session == first; }));
    CHECK(daemon.ctl({"restart", "w"}).code == 0);
    CHECK_FALSE(alive(first));
    (void)daemon.worker_after("w", before.pid);
    REQUIRE(eventually([&] { return pid_in(daemon.path("pid")) != first; }));   // the second run removes the file of the first
    const auto second = pid_in(daemon.path("pid"));
    const auto directory = cgroup_of(daemon, "w");
    CHECK(exists(directory));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK_FALSE(alive(second));
    CHECK_FALSE(exists(directory));
    const auto own = cgroup_of(daemon);
    CHECK(exists(own));
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(exists(own));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("cgroup: after a crash of main such a process is killed before the restart") {
    if (!has_cgroups()) TALOS_SKIP("no cgroup can be made here");
    Daemon daemon;
    daemon.configure(worker("w", shell("rm -f " + daemon.path("pid") + "; " + escape(daemon.path("pid")) + "; exec sleep 120")));
    daemon.start();
    const auto escaped = pid_in(daemon.path("pid"));
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);
    const auto after = daemon.worker_after("w", before.pid);
    CHECK_FALSE(alive(escaped));
    (void)pid_in(daemon.path("pid"));
    CHECK(alive(after.pid));   // its cgroup is none that was killed
    CHECK(has(daemon.log(), "SIGKILL to pid " + std::to_string(escaped)));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("cgroup: talosd is SIGKILLed: such a process is found by its cgroup, ended by the next start or by talosctl stop, and "
          "the directory is removed") {
    if (!has_cgroups()) TALOS_SKIP("no cgroup can be made here");
    Daemon daemon;
    daemon.configure(worker("w", shell("rm -f " + daemon.path("pid") + "; " + escape(daemon.path("pid")) + "; exec sleep 120")));
    daemon.start();
    const auto escaped = pid_in(daemon.path("pid"));
    const auto own = cgroup_of(daemon);
    daemon.kill();
    CHECK(alive(escaped));
    CHECK(has(daemon.ctl({"status"}).out, std::to_string(escaped)));
    if (GENERATE(false, true)) {
        CHECK(daemon.ctl({"stop"}).code == 0);
        CHECK_FALSE(alive(escaped));
        CHECK_FALSE(exists(own));
        return;
    }
    std::filesystem::remove(daemon.path("pid"));
    daemon.start();
    CHECK_FALSE(alive(escaped));
    CHECK_FALSE(exists(own));
    CHECK(cgroup_of(daemon) != own);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("cgroup: a hook's and a probe's processes are not the run's, and end with the hook and the probe") {
    if (!has_cgroups()) TALOS_SKIP("no cgroup can be made here");
    Daemon daemon;
    const auto escape_into = [&](const std::string& file) {
        return escape(daemon.path(file)) + "; until [ -s " + daemon.path(file) + " ]; do sleep 0.02; done";
    };
    const auto probe =
        R"("health": {"exec": ["sh", "-c", ")" + escape_into("probe") + R"("], "interval": "100ms", "timeout": "20s"})";
    daemon.configure(worker("w", sleeper(), hooks("postStart", escape_into("hook")) + ", " + probe));
    daemon.start();
    const auto view = daemon.worker_in("w", "running");
    const auto of_hook = pid_in(daemon.path("hook"));
    CHECK(eventually([&] { return !alive(of_hook); }));
    const auto of_probe = pid_in(daemon.path("probe"));
    CHECK(eventually([&] { return !alive(of_probe); }));
    CHECK(alive(view.pid));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("cgroup: a stop waits for a process that root has moved into the run, though it is no descendant") {
    if (!has_cgroups() || !is_root()) TALOS_SKIP("only root, and where a cgroup can be made");
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), stop_after("1h")));
    daemon.start();
    daemon.worker_in("w", "running");
    Process moved(Command{{"sh", "-c", "trap 'sleep 0.2; exit 7' TERM; echo ready; while :; do sleep 0.02; done"}});
    REQUIRE(eventually([&] { return has(moved.out(), "ready"); }));
    write_number(cgroup_of(daemon, "w") + "/cgroup.procs", moved.pid());
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(moved.wait() == 7);
    daemon.worker_in("w", "stopped");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("cgroup: a worker that nests cgroups and freezes its own is stopped by its plan") {
    if (!has_cgroups() || !is_root()) TALOS_SKIP("only root, and where a cgroup can be made");
    Daemon daemon;
    const auto await = [&](const std::string& file) { return "until [ -s " + daemon.path(file) + " ]; do sleep 0.02; done; "; };
    daemon.configure(worker("w",
                            shell(await("dir") + "d=$(cat " + daemon.path("dir") +
                                  "); mkdir -p $d/in/deep; echo $$ > $d/in/deep/cgroup.procs; " + escape(daemon.path("pid")) +
                                  "; " + await("pid") + "echo 1 > $d/cgroup.freeze; exec sleep 120"),
                            stop_after("300ms")));
    daemon.start();
    daemon.worker_in("w", "running");
    const auto directory = cgroup_of(daemon, "w");
    write_text(daemon.path("dir"), directory + "\n");
    const auto escaped = pid_in(daemon.path("pid"));
    REQUIRE(eventually([&] { return has(read_text(directory + "/cgroup.events"), "frozen 1"); }));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK_FALSE(alive(escaped));
    CHECK_FALSE(exists(directory));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("cgroup: a fork bomb of another user, and a run of many processes, are ended by their plan") {
    if (!has_cgroups() || !is_root()) TALOS_SKIP("only root, and where a cgroup can be made");
    Daemon daemon;
    const auto bomb = R"("user": "64321", "group": "64321", "cwd": "/", "rlimits": {"nproc": 200}, "log": "none", )";
    daemon.configure(
        worker("bomb",
               shell("trap '' TERM; f() { while :; do setsid sh -c 'trap \"\" TERM; sleep 120' & sleep 0.01; done; }; f & f & f "
                     "& exec sleep 120"),
               bomb + stop_after("200ms")) +
        worker("many", shell("i=0; while [ $i -lt 300 ]; do setsid env -i /bin/sleep 120 & i=$((i+1)); done; echo all; wait")));
    daemon.start();
    daemon.worker_in("bomb", "running");
    REQUIRE(eventually([&] { return has(daemon.worker_log("many"), "all"); }));
    const auto directory = cgroup_of(daemon, "bomb");
    REQUIRE(eventually([&] { return read_text(directory + "/cgroup.procs").size() > 100; }));
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK_FALSE(exists(directory));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("cgroup: status and --check say which proof is in use") {
    Daemon daemon(worker("w", sleeper()));
    if (has_cgroups()) {
        CHECK(has(run(daemon.command({"--check"})).out, "processes: cgroup /"));
        daemon.start();
        CHECK(has(daemon.ctl({"status"}).out, "\nprocesses: cgroup /"));
        CHECK(daemon.status()->at("processes").at("proof").as_string() == "cgroup");
        CHECK(daemon.stop() == 0);
    }
    daemon.configure(worker("w", sleeper()), R"("cgroup": "off", )");
    const std::string text = "processes: parent chain, session, marks, pipes (the config says \"cgroup\": \"off\")\n";
    CHECK(has(run(daemon.command({"--check"})).out, text));
    daemon.start();
    CHECK(has(daemon.ctl({"status"}).out, text));
    CHECK(daemon.status()->at("processes").at("proof").as_string() == "facts");
    daemon.configure(worker("w", sleeper()));
    CHECK(has(daemon.ctl({"reload"}).out, "cgroup"));
    CHECK(daemon.status()->at("processes").at("proof").as_string() == "facts");   // until its next start
    CHECK(daemon.stop() == 0);
}

TEST_CASE("cgroup: talosd in a cgroup that was killed once starts workers, in cgroups of their own") {
    if (!has_cgroups()) TALOS_SKIP("no cgroup can be made here");
    Daemon daemon;
    daemon.configure(worker("w", shell("exec sleep 120")));
    const auto directory = mounted_cgroup("/talos-killed-" + std::to_string(::getpid()));
    REQUIRE(std::filesystem::create_directory(directory));
    write_number(directory + "/cgroup.kill", 1);
    auto inside = daemon.command();
    inside.argv.insert(inside.argv.begin(), {"sh", "-c", "echo $$ > " + directory + "/cgroup.procs && exec \"$@\"", "sh"});
    daemon.start(inside);
    CHECK(daemon.worker_in("w", "running").restarts == 0);
    CHECK(cgroup_of(daemon, "w").starts_with(directory + "/"));
    CHECK(daemon.stop() == 0);
    CHECK(eventually([&] { return ::rmdir(directory.c_str()) == 0; }));
}
