#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos::test;

namespace {

void write_program(const std::string& path, const std::string& text, mode_t mode) {
    write_text(path, text);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
}

/// `talosd -- WORDS…` to its end.
Finished ad_hoc(const Daemon& daemon, const std::vector<std::string>& words) {
    std::vector<std::string> all{"--"};
    all.insert(all.end(), words.begin(), words.end());
    return run(daemon.command(all));
}

}   // namespace

TEST_CASE("a bad command or directory is named by step, path and error, and keeps nobody else from starting") {
    Daemon daemon;
    write_program(daemon.path("plain"), "#!/bin/sh\n", 0600);
    write_program(daemon.path("lost"), "#!/no/such/interpreter\n", 0700);
    std::filesystem::create_directory(daemon.path("directory"));
    const auto failing = R"("restart": {"limit": 1})";
    daemon.configure(worker("missing", {"/no/such/program"}, failing) +
                     worker("not_in_path", {"no-such-program-anywhere"}, failing) + worker("plain", {"./plain"}, failing) +
                     worker("directory", {"./directory"}, failing) + worker("lost", {"./lost"}, failing) +
                     worker("homeless", sleeper(), R"("restart": {"limit": 1}, "cwd": "/no/such/home")") +
                     worker("good", sleeper()));
    daemon.start();
    struct Expectation {
        const char* name;
        std::string step, path, error;
    };
    const Expectation expectations[] = {
        {"missing", "exec", "/no/such/program", "No such file or directory"},
        {"not_in_path", "exec", "no-such-program-anywhere", "No such file or directory"},
        {"plain", "exec", "plain", "Permission denied"},
        {"directory", "exec", "directory", "Permission denied"},
        {"lost", "exec", "lost", "/no/such/interpreter"},
        {"homeless", "chdir", "/no/such/home", "No such file or directory"},
    };
    for (const auto& expected : expectations) {
        const auto view = daemon.worker_in(expected.name, "fatal");
        CAPTURE(expected.name, view.reason);
        CHECK(view.reason.find(expected.step) != std::string::npos);
        CHECK(view.reason.find(expected.path) != std::string::npos);
        CHECK(view.reason.find(expected.error) != std::string::npos);
        CHECK(view.pid == 0);
    }
    CHECK(daemon.worker_in("good", "running").restarts == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a program that appears later is started then") {
    Daemon daemon(worker("w", {"./late"}, R"("restart": {"delay": "10ms", "factor": 1})"));
    daemon.start();
    const auto waiting = daemon.worker_in("w", "backoff");
    CHECK(waiting.reason.find("No such file or directory") != std::string::npos);
    write_program(daemon.path("late.new"), "#!/bin/sh\nexec sleep 120\n", 0700);
    std::filesystem::rename(daemon.path("late.new"), daemon.path("late"));
    CHECK(daemon.worker_in("w", "running").reason == "");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosd -- COMMAND: its exit code is the program's") {
    Daemon daemon;
    CHECK(ad_hoc(daemon, {"true"}).code == 0);
    CHECK(ad_hoc(daemon, {"sh", "-c", "exit 7"}).code == 7);
    CHECK(ad_hoc(daemon, {program("exit_with"), "signal", "15"}).code == 128 + SIGTERM);
    CHECK(ad_hoc(daemon, {program("exit_with"), "signal", "9"}).code == 128 + SIGKILL);
    const auto missing = ad_hoc(daemon, {"/no/such/program"});
    CHECK(missing.code == 127);
    CHECK(missing.err.find("/no/such/program") != std::string::npos);
    write_program(daemon.path("plain"), "#!/bin/sh\n", 0600);
    CHECK(ad_hoc(daemon, {daemon.path("plain")}).code == 126);
    CHECK(ad_hoc(daemon, {daemon.path("")}).code == 126);
    CHECK(daemon.left_behind() == "");
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
}

TEST_CASE("talosd -- COMMAND: what the program writes goes through as it is") {
    Daemon daemon;
    const auto done = ad_hoc(daemon, {"sh", "-c", "echo one; printf two"});
    CHECK(done.code == 0);
    CHECK(done.out == "one\ntwo");
    INFO(done.err);
    CHECK(done.err.find("talosd") != std::string::npos);
}

TEST_CASE("talosd -- COMMAND: a requested stop is exit code 0, whatever the program's") {
    Daemon daemon;
    daemon.start(daemon.command({"--", "sleep", "120"}));
    const auto view = daemon.worker_in("sleep", "running");
    CHECK_FALSE(daemon.status()->contains("configPath"));
    daemon.process().signal(GENERATE(SIGTERM, SIGINT));
    CHECK(daemon.process().wait() == 0);
    CHECK_FALSE(alive(view.pid));
}

TEST_CASE("talosd -- COMMAND: what its program leaves running ends with it") {
    Daemon daemon;
    const auto done = ad_hoc(daemon, {"sh", "-c", "setsid sleep 120 & exit 5"});
    CHECK(done.code == 5);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosd -- COMMAND with --restart is kept running, and the worker's name is made of what is allowed") {
    Daemon daemon;
    write_program(daemon.path("my tool!"), "#!/bin/sh\nexec false\n", 0700);
    daemon.start(daemon.command({"--restart", "always", "--", daemon.path("my tool!")}));
    daemon.worker_when("my_tool_", [](const auto& view) { return view.restarts >= 2; });
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosd: wrong usage is exit code 2 and says what is wrong") {
    Daemon daemon;
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--no-such-option"}, {"--log-level", "loud"}, {"--"}, {"--color", "blue"}, {"stray"}, {"--restart", "always"}}) {
        CAPTURE(words.front());
        const auto done = run(daemon.command(words));
        CHECK(done.code == 2);
        CHECK(done.err.starts_with("talosd: "));
        CHECK(done.out == "");
    }
    CHECK_FALSE(exists(daemon.path("data")));
}

TEST_CASE("talosd: a missing or broken config ends the start with every error and its place") {
    Daemon daemon;
    write_text(daemon.path("talos.json"),
               "{\n  \"workers\": {\n    \"a/b\": {\"command\": [\"x\"]},\n    \"w\": {\"comand\": [\"x\"]}\n  }\n}\n");
    const auto broken = run(daemon.command());
    CHECK(broken.code == 1);
    INFO(broken.err);
    CHECK(broken.err.find("talos.json:3:5: ") != std::string::npos);
    CHECK(broken.err.find("talos.json:4:11: /workers/w/comand: unknown key; did you mean \"command\"?") != std::string::npos);
    CHECK(run(daemon.command({"--check"})).code == 1);
    std::filesystem::remove(daemon.path("talos.json"));
    const auto missing = run(daemon.command());
    CHECK(missing.code == 1);
    CHECK(missing.err.find(daemon.path("talos.json")) != std::string::npos);
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
}

TEST_CASE("talosd --check starts nothing and touches nothing") {
    Daemon daemon(worker("w", {"touch", "started"}));
    CHECK(run(daemon.command({"--check"})).code == 0);
    CHECK_FALSE(exists(daemon.path("started")));
    CHECK_FALSE(exists(daemon.path("data")));
}

TEST_CASE("not on a terminal only the output of workers that say so is passed on") {
    Daemon daemon(worker("quiet", shell("echo from quiet; exec sleep 120")) +
                  worker("loud", shell("echo from loud; exec sleep 120"), R"("log": "inherit")") +
                  worker("mute", shell("echo from mute; exec sleep 120"), R"("log": "none")"));
    daemon.start();
    CHECK(eventually([&] { return daemon.process().out().find("from loud\n") != std::string::npos; }));
    CHECK(eventually([&] { return daemon.worker_log("quiet").find("from quiet\n") != std::string::npos; }));
    const auto mute = daemon.worker_in("mute", "running").pid;
    CHECK(std::filesystem::read_symlink("/proc/" + std::to_string(mute) + "/fd/1") == "/dev/null");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.process().out().find("from quiet") == std::string::npos);
    CHECK_FALSE(exists(daemon.data("logs/loud.log")));
    CHECK_FALSE(exists(daemon.data("logs/mute.log")));
}

TEST_CASE("talosd: a command without -- is refused with the way to write it") {
    const Daemon daemon;
    auto command = daemon.command();
    command.argv = {command.argv.front(), "--restart", "always", "echo", "hi there"};
    const auto refused = run(command);
    CHECK(refused.code == 2);
    CHECK(refused.err.find("a command must follow --: talosd --restart always -- echo 'hi there'\n") != std::string::npos);
    CHECK(run(daemon.command({"--no-such-option"})).err.find("a command must follow") == std::string::npos);
}
