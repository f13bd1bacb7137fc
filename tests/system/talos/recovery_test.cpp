#include "support/catch.hpp"
#include "support/held_memory.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <random>
#include <vector>

using namespace talos::test;

namespace {

/// Live processes with this mark, which only this test's workers carry, by TALOS_WORKER.
std::map<std::string, std::vector<Proc>> workers_alive(const std::string& mark) {
    std::map<std::string, std::vector<Proc>> found;
    for (const pid_t pid : processes_with(mark)) {
        const auto process = proc(pid);
        for (const auto& entry : environment_of(pid))
            if (entry.starts_with("TALOS_WORKER=")) found[entry.substr(entry.find('=') + 1)].push_back(process);
    }
    return found;
}

/// The worker of which two were alive at the same moment; empty when there is none. Those that follow each other while /proc is
/// being read are not two: the earlier one must still be there after the later one was seen.
std::string doubled(const std::string& mark) {
    for (auto& [name, processes] : workers_alive(mark)) {
        std::erase_if(processes,
                      [](const Proc& seen) { return !alive(seen.pid) || proc(seen.pid).start_ticks != seen.start_ticks; });
        if (processes.size() > 1) return name;
    }
    return {};
}

std::string unique_mark(const Daemon& daemon) { return "TEST_MARK=" + daemon.path(""); }
std::string marked(const Daemon& daemon) { return R"("env": {"TEST_MARK": ")" + daemon.path("") + R"("})"; }

bool status_is(const Daemon& daemon, const std::string& json) {
    const auto answer = daemon.ctl({"--json", "status"});
    INFO(answer.out << answer.err);
    return boost::json::parse(answer.out) == boost::json::parse(json);
}

}   // namespace

TEST_CASE("talosd is SIGKILLed: its workers live on, status says so, the next start ends them and starts fresh") {
    Daemon daemon;
    daemon.configure(worker("sleeper", sleeper(), marked(daemon)) + worker("forker", {program("double_fork")}, marked(daemon)));
    daemon.start();
    const auto sleeper = daemon.worker_in("sleeper", "running");
    const auto forker = daemon.worker_in("forker", "running");
    REQUIRE(eventually([&] { return daemon.worker_log("forker").ends_with('\n'); }));   // its daemon has said its PID
    REQUIRE(eventually([&] { return processes_with(daemon.run_mark()).size() == 3; }));
    const auto before = processes_with(daemon.run_mark());
    daemon.kill();
    CHECK(alive(sleeper.pid));
    CHECK(alive(forker.pid));

    const auto answer = daemon.ctl({"status"});
    INFO(answer.out << answer.err);
    CHECK(answer.code == 1);
    CHECK(answer.out.find("still alive") != std::string::npos);
    CHECK(answer.out.find(std::to_string(sleeper.pid)) != std::string::npos);
    CHECK(status_is(daemon, R"({"running": false, "stale": true})"));

    daemon.start();
    for (const pid_t pid : before) CHECK_FALSE(alive(pid));
    CHECK(daemon.worker_in("sleeper", "running").pid != sleeper.pid);
    REQUIRE(eventually([&] { return processes_with(unique_mark(daemon)).size() == 3; }));
    INFO(daemon.log());
    CHECK(daemon.log().find("was killed; ending 3 processes that it left") != std::string::npos);
    CHECK(daemon.ctl({"status"}).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("recovery ends what a killed talosd left by the recorded plans") {
    const auto patient = R"(trap 'sleep 0.3; echo ended gently; exit 0' TERM; echo ready; while :; do sleep 0.02; done)";
    Daemon daemon(worker("deaf", {program("ignore_term")}, stop_after("200ms")) +
                  worker("gentle", shell(std::string("exec >>out 2>&1; ") + patient), stop_after("1h")));
    daemon.start();
    const auto deaf = daemon.worker_in("deaf", "running");
    REQUIRE(eventually([&] { return read_text(daemon.path("out")).find("ready") != std::string::npos; }));
    REQUIRE(eventually([&] { return daemon.worker_log("deaf").find("ready") != std::string::npos; }));
    daemon.kill();

    SECTION("by the next start") {
        daemon.start();
        CHECK(daemon.stop() == 0);
    }
    SECTION("by talosctl stop, which removes the files too") {
        const auto stopped = daemon.ctl({"stop"});
        INFO(stopped.out << stopped.err);
        CHECK(stopped.code == 0);
        CHECK(stopped.out.find("ended") != std::string::npos);
        CHECK_FALSE(exists(daemon.data("daemon.pid")));
        CHECK_FALSE(exists(daemon.data("status.json")));
        CHECK(daemon.ctl({"status"}).code == 3);
    }
    CHECK_FALSE(alive(deaf.pid));
    INFO(daemon.log() << read_text(daemon.path("out")));
    CHECK(read_text(daemon.path("out")).find("ended gently") != std::string::npos);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("signals during recovery: the first is obeyed once the plans are over, the second ends what is left, and nothing is "
          "started") {
    Daemon daemon(worker("deaf", {program("ignore_term")}, stop_after("1h")) + worker("w", shell("echo up; exec sleep 120")));
    daemon.start();
    const auto deaf = daemon.worker_in("deaf", "running");
    REQUIRE(eventually([&] { return daemon.worker_log("deaf").find("ready") != std::string::npos; }));
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("up") != std::string::npos; }));
    daemon.kill();
    const auto logged = daemon.worker_log("w");

    daemon.launch(daemon.command());
    const auto says = [&](const std::string& text) {
        return eventually([&] { return daemon.log().find(text) != std::string::npos; });
    };
    REQUIRE(says("deaf: SIGTERM to 1 process"));
    daemon.process().signal(SIGHUP);   // asks for nothing here, and ends nothing
    daemon.process().signal(SIGTERM);
    REQUIRE(says("SIGTERM: stopping once they have ended"));
    CHECK(alive(deaf.pid));
    daemon.process().signal(SIGINT);
    CHECK(daemon.process().wait() == 0);
    INFO(daemon.log());
    CHECK_FALSE(alive(deaf.pid));
    CHECK(daemon.worker_log("w") == logged);
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
    CHECK(daemon.left_behind() == "");
    CHECK(daemon.ctl({"status"}).code == 3);
}

TEST_CASE("onSupervisorDeath kill: the worker dies with talosd, the others do not") {
    Daemon daemon(worker("bound", sleeper(), R"("onSupervisorDeath": "kill")") + worker("free", sleeper()));
    daemon.start();
    const auto bound = daemon.worker_in("bound", "running");
    const auto free = daemon.worker_in("free", "running");
    daemon.kill();
    CHECK(eventually([&] { return !alive(bound.pid); }));
    CHECK(alive(free.pid));
}

TEST_CASE("status.json of another boot or run names nobody: no process of today is touched") {
    Daemon daemon(worker("w", sleeper()));
    Process bystander(Command{.argv = {"sleep", "120"}});
    daemon.start();
    auto document = *daemon.status();
    daemon.kill();
    Household::get().end_adopted();
    const auto put = [&](const char* key, const boost::json::value& value) { document[key] = value; };
    auto& row = document.at("workers").as_array().at(0).as_object();
    row["pid"] = bystander.pid();

    SECTION("the worker's PID is another process now") { row["startTicks"] = proc(bystander.pid()).start_ticks + 1; }
    SECTION("so it is, and the boot is another one") {
        row["startTicks"] = proc(bystander.pid()).start_ticks;
        put("bootId", "00000000-0000-0000-0000-000000000000");
    }
    SECTION("so it is, in another PID namespace") {
        row["startTicks"] = proc(bystander.pid()).start_ticks;
        put("pidNamespace", 1);
    }
    write_text(daemon.data("status.json"), boost::json::serialize(document));
    CHECK(daemon.ctl({"status"}).code == 1);
    daemon.start();
    CHECK(alive(bystander.pid()));
    CHECK(daemon.stop() == 0);
    CHECK(alive(bystander.pid()));
}

TEST_CASE("status.json torn, empty, huge or full of nonsense: the next start says so and starts") {
    const auto text = GENERATE(as<std::string>{}, "", "{\"schema\": 1, \"pid\": 42", "nonsense", "[]", "{\"schema\": 99}",
                               std::string(3, '\0'));
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.kill();
    Household::get().end_adopted();
    write_text(daemon.data("status.json"), text);
    if (text.empty()) std::filesystem::resize_file(daemon.data("status.json"), GENERATE(0u, 100u << 20));   // empty, and huge
    const auto answer = daemon.ctl({"status"});
    INFO(answer.out << answer.err);
    CHECK(answer.code == 1);
    daemon.start();
    CHECK(daemon.worker_in("w", "running").restarts == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("the storm: talosd is SIGKILLed again and again amid crashing workers, and there are never two of one") {
    Daemon daemon;
    std::string workers;
    const auto storm = R"("restart": {"policy": "always", "delay": "0s"}, )" + marked(daemon);
    for (const char* name : {"a", "b", "c"}) workers += worker(name, {"false"}, storm);
    workers += worker("short", {"sleep", "0.03"}, storm) + worker("steady", sleeper(), marked(daemon));
    daemon.configure(workers);
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto any_moment_within = [&](int ms) {   // the one guessed time of these tests: the moment is what this is about
        const auto until = Clock::now() + std::chrono::milliseconds(std::uniform_int_distribution<int>(0, ms)(random));
        while (Clock::now() < until) ::poll(nullptr, 0, 1);
    };
    const auto mark = unique_mark(daemon);
    const int rounds = sanitized ? 60 : 200;   // a sanitizer's start alone takes as long as ten of the others
    for (int round = 0; round < rounds; ++round) {
        daemon.launch(daemon.command());
        if (round % 2 == 0) {   // while it starts, or recovers
            any_moment_within(sanitized ? 150 : 30);
            REQUIRE_FALSE(daemon.process().ended().has_value());
        } else {   // in the storm
            daemon.await_running();
            CHECK(doubled(mark) == "");
            any_moment_within(20);
        }
        daemon.kill();
    }
    daemon.start();
    daemon.worker_in("steady", "running");
    CHECK(doubled(mark) == "");
    CHECK(workers_alive(mark)["steady"].size() == 1);
    CHECK(daemon.stop() == 0);
    CHECK(processes_with(mark).empty());
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("recovery: processes of another user whose memory cannot be read delay no start and a leftover process beside them is "
          "ended") {
    if (!is_root()) TALOS_SKIP("needs root");
    if (!HeldMemory(1).works()) TALOS_SKIP("FUSE cannot be mounted here");
    Daemon daemon;
    daemon.configure(worker("sleeper", sleeper()) + worker("forker", {program("double_fork")}), R"("cgroup": "off", )");
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("forker").ends_with('\n'); }));   // its daemon has said its PID
    REQUIRE(eventually([&] { return processes_with(daemon.run_mark()).size() == 3; }));
    const auto left = processes_with(daemon.run_mark());
    daemon.kill();
    {
        const HeldMemory held(40);
        REQUIRE(held.works());
        SECTION("by the next start") { daemon.start(); }
        SECTION("by talosctl stop") {
            const auto stopped = daemon.ctl({"stop"});
            INFO(stopped.out << stopped.err);
            CHECK(stopped.code == 0);
            CHECK(stopped.err.find("have an unreadable environment") != std::string::npos);
            daemon.start();
        }
        for (const pid_t pid : left) CHECK_FALSE(alive(pid));
        (void)daemon.worker_in("sleeper", "running");
    }
    if (exists(daemon.data("status.json"))) CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
