#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/notifier.hpp"
#include <boost/json/array.hpp>
#include <csignal>
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;
namespace json = boost::json;

// disable and enable, pause and resume, reset, rotate, reload of a worker, start --wait.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

json::object row(const Daemon& daemon, const std::string& name) {
    const auto document = daemon.status();
    if (document)
        for (const auto& worker : document->at("workers").as_array())
            if (worker.at("name").as_string() == name) return worker.as_object();
    return {};
}

bool says(const Daemon& daemon, const std::string& name, const char* key) {
    const auto worker = row(daemon, name);
    return worker.contains(key) && worker.at(key).as_bool();
}

/// R, S, T, …
char state_of(pid_t pid) {
    const auto stat = read_text("/proc/" + std::to_string(pid) + "/stat");
    const auto end = stat.rfind(')');
    return end != std::string::npos && end + 2 < stat.size() ? stat[end + 2] : '?';
}

bool stands_still(pid_t pid) {
    return eventually([&] { return state_of(pid) == 'T'; });
}

bool runs(pid_t pid) {
    return eventually([&] { return state_of(pid) != 'T' && state_of(pid) != '?'; });
}

pid_t child_in(const Daemon& daemon, const std::string& file) {
    REQUIRE(eventually([&] { return !read_text(daemon.path(file)).empty() && read_text(daemon.path(file)).back() == '\n'; }));
    return std::stoi(read_text(daemon.path(file)));
}

int count_events(const Daemon& daemon, const std::string& worker, const std::string& cause) {
    int count = 0;
    for (const auto& event : daemon.events())
        count += event.contains("worker") && event.at("worker").as_string() == worker && event.at("cause").as_string() == cause;
    return count;
}

}  // namespace

// --- disable ------------------------------------------------------------------------------------------------------

TEST_CASE("disable: the worker stops, and no start of talosd, no reload and no pattern starts it, until it is enabled") {
    Daemon daemon(worker("web", sleeper()) + worker("db", sleeper()));
    daemon.start();
    daemon.worker_in("db", "running");
    const auto disabled = daemon.ctl({"disable", "db"});
    INFO(disabled.err);
    CHECK(disabled.code == 0);
    CHECK(disabled.out == "db: stopped\n");
    CHECK(says(daemon, "db", "disabled"));
    CHECK(has(daemon.ctl({"status"}).out, "disabled"));
    CHECK(daemon.stop() == 0);
    daemon.start();
    daemon.worker_in("web", "running");
    CHECK(daemon.worker_in("db", "stopped").pid == 0);
    CHECK(says(daemon, "db", "disabled"));

    const auto all = daemon.ctl({"start", "all"});
    CHECK(all.code == 0);
    CHECK(has(all.out, "db: stopped, disabled; `talosctl start db` starts it\n"));
    const auto restart = daemon.ctl({"restart", "db"});
    CHECK(restart.code == 1);
    CHECK(has(restart.err, "it is disabled"));
    daemon.configure(worker("web", sleeper()) + worker("db", {"sleep", "121"}));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(daemon.worker_in("db", "stopped").pid == 0);

    CHECK(daemon.ctl({"start", "db"}).code == 0);   // once
    daemon.worker_in("db", "running");
    CHECK(says(daemon, "db", "disabled"));
    CHECK(daemon.stop() == 0);
    daemon.start();
    daemon.worker_in("web", "running");
    CHECK(daemon.worker_in("db", "stopped").pid == 0);
    const auto enabled = daemon.ctl({"enable", "db"});
    CHECK(enabled.code == 0);
    CHECK(enabled.out == "db: enabled, stopped; `talosctl start db` starts it\n");
    CHECK_FALSE(says(daemon, "db", "disabled"));
    CHECK_FALSE(exists(daemon.data("overrides.json")));
    CHECK(daemon.stop() == 0);
    daemon.start();
    daemon.worker_in("db", "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("disable: a worker that depends on it waits, and says for what") {
    Daemon daemon(worker("db", sleeper()) + worker("app", sleeper(), R"("dependsOn": {"db": "ready"})"));
    daemon.start();
    daemon.worker_in("app", "running");
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(daemon.stop() == 0);
    daemon.start();
    const auto app = daemon.worker_when("app", [](const auto& view) { return has(view.reason, "db (disabled) to be ready"); });
    CHECK(app.state == "stopped");
    CHECK(app.goal == "up");
    const auto started = daemon.ctl({"start", "app"});
    CHECK(started.code == 1);
    CHECK(has(started.err, "waiting for db (disabled) to be ready"));
    CHECK(daemon.ctl({"start", "db"}).code == 0);
    daemon.worker_in("app", "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("disable: it outlives a SIGKILL of talosd, and a damaged file keeps talosd from starting what must not run") {
    Daemon daemon(worker("db", sleeper()));
    daemon.start();
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(read_text(daemon.data("overrides.json")) == "{\"disabled\":[\"db\"]}\n");
    struct stat info {};
    REQUIRE(::stat(daemon.data("overrides.json").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777u) == 0600);
    daemon.kill();
    daemon.start();
    CHECK(daemon.worker_in("db", "stopped").pid == 0);
    CHECK(daemon.stop() == 0);
    write_text(daemon.data("overrides.json"), "{\"disabled\":[\"d");
    const auto refused = run(daemon.command());
    CHECK(refused.code == 1);
    CHECK(has(refused.err + refused.out, "overrides.json, which keeps the list of disabled workers, is damaged"));
    CHECK(std::filesystem::remove(daemon.data("overrides.json")));
}

// --- pause --------------------------------------------------------------------------------------------------------

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
    Daemon daemon(worker("w", shell("trap 'echo bye >> said; exit 0' TERM; echo up >> said; while :; do sleep 0.02; done"), stop_after("1h")));
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
    Daemon daemon(worker("probed", sleeper(), R"("health": {"exec": ["sh", "-c", "echo x >> probes; [ ! -e fail ]"], "interval": "20ms", "failures": 1})") +
                  worker("late", shell("while [ ! -e go ]; do sleep 0.02; done; echo up; exec sleep 120"), R"("ready": {"log": "up", "timeout": "30s"})"));
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
    CHECK(has(status.err, "talosd itself is stopped (SIGSTOP)"));
    const auto start = daemon.ctl({"restart", "w"});
    CHECK(start.code == 1);
    CHECK(has(start.err, "talosd itself is stopped (SIGSTOP) and does not answer; `kill -CONT " + std::to_string(daemon.pid()) + "` continues it"));
    daemon.process().signal(SIGCONT);
    CHECK(daemon.stop() == 0);
}

// --- reset, rotate ------------------------------------------------------------------------------------------------

TEST_CASE("reset: failures are forgotten, restarts are not, and a fatal worker stays fatal until it is started") {
    Daemon daemon(worker("w", {"false"}, R"("restart": {"limit": 2, "delay": "0s"})"));
    daemon.start();
    const auto fatal = daemon.worker_in("w", "fatal");
    CHECK(fatal.restarts == 1);
    const auto reset = daemon.ctl({"reset", "w"});
    CHECK(reset.code == 0);
    CHECK(reset.out == "w: failures forgotten, still fatal; `talosctl start w` starts it\n");
    const auto after = daemon.worker_in("w", "fatal");
    CHECK(after.restarts == 1);
    CHECK(count_events(daemon, "w", "reset") == 1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("rotate: the log is rotated now, an empty one is not, and all means those that have one") {
    Daemon daemon(worker("w", shell("echo one; exec sleep 120")) + worker("quiet", sleeper(), R"("log": "none")"));
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "one"); }));
    const auto rotated = daemon.ctl({"rotate"});
    INFO(rotated.err);
    CHECK(rotated.code == 0);
    CHECK(rotated.out == "w: logs rotated\n");
    CHECK(daemon.worker_log("w").empty());
    CHECK(has(read_text(daemon.data("logs/w.log.1")), "one"));
    CHECK(daemon.ctl({"rotate", "w"}).code == 0);
    CHECK_FALSE(exists(daemon.data("logs/w.log.2")));
    const auto refused = daemon.ctl({"rotate", "quiet"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "quiet: it keeps no log of its own"));
    CHECK(daemon.stop() == 0);
}

// --- reload of a worker -------------------------------------------------------------------------------------------

TEST_CASE("reload of a worker by signal: it gets the signal and runs on") {
    Daemon daemon(worker("w", shell("trap 'echo again >> said' HUP; echo up >> said; while :; do sleep 0.02; done"), R"("reload": {"signal": "SIGHUP"})") +
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
    CHECK(has(refused.err, "its config has no \"reload\""));
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

// --- start --wait, status --wide ----------------------------------------------------------------------------------

TEST_CASE("start: which workers have failed is said, and with --wait that is a failure") {
    Daemon daemon(worker("good", shell("sleep 0.1; echo up; exec sleep 120"), R"("ready": {"log": "up"})") + worker("bad", {"/nowhere/to/be/found"}));
    const auto plain = daemon.ctl({"start"});
    daemon.take_detached();
    INFO(plain.err);
    CHECK(plain.code == 0);
    CHECK(has(plain.err, "1 of 2 workers failed:\n  bad: backoff, "));
    CHECK(has(plain.err, "/nowhere/to/be/found"));
    const auto waited = daemon.ctl({"start", "--wait"});
    CHECK(waited.code == 1);
    CHECK(has(waited.err, "bad: backoff, "));
    CHECK(daemon.worker_in("good", "running").ready);
    CHECK(daemon.ctl({"stop"}).code == 0);
}

TEST_CASE("start --wait: it returns when all workers are ready") {
    Daemon daemon(worker("late", shell("sleep 0.2; echo up; exec sleep 120"), R"("ready": {"log": "up"})") + worker("off", sleeper(), R"("autostart": false)"));
    const auto started = daemon.ctl({"start", "--wait", "--timeout", "1m"});
    daemon.take_detached();
    INFO(started.err);
    CHECK(started.code == 0);
    CHECK_FALSE(has(started.err, "failed"));
    const auto late = row(daemon, "late");
    CHECK(late.at("ready").as_bool());
    CHECK(daemon.ctl({"stop"}).code == 0);
}

TEST_CASE("status --wide: memory and CPU time of each worker's processes, which plain status does not have") {
    Daemon daemon(worker("w", sleeper()) + worker("off", sleeper(), R"("autostart": false)"));
    daemon.start();
    daemon.worker_in("w", "running");
    const auto wide = daemon.ctl({"status", "--wide"}).out;
    INFO(wide);
    CHECK(has(wide, "MEMORY"));
    CHECK(has(wide, "CPU"));
    CHECK((has(wide, " KiB") || has(wide, " MiB")));
    const auto rows = call(daemon, "GET", "/v1/status?usage").body;
    CHECK(has(rows, "\"usage\":{\"processes\":1,\"memory\":"));
    CHECK_FALSE(has(call(daemon, "GET", "/v1/status").body, "usage"));
    CHECK_FALSE(has(daemon.ctl({"status"}).out, "MEMORY"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload of a worker that notifies: RELOADING=1 and READY=1 mark it, and without READY=1 in time it has failed") {
    Daemon daemon;
    daemon.configure(worker("w", python(daemon, "import signal\n"
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
    REQUIRE(eventually([&] { return row(daemon, "w").contains("notify") && row(daemon, "w").at("notify").as_object().contains("reloading"); }));
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

TEST_CASE("pause: without cgroups, too, and what has a session of its own stands still with the rest") {
    Daemon daemon;
    daemon.configure(worker("w", shell("setsid sh -c 'echo $$ > away; exec sleep 120' & exec sleep 120")), R"("cgroup": "off", )");
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
