#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <boost/json/array.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos::test;

namespace {

mode_t mode_of(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

/// The worker says what it was given; its last word is "end".
std::vector<std::string> reporter() { return shell(program("report_state") + "; echo end; exec sleep 120"); }

std::string line_after(const std::string& text, const std::string& key) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto at = line.find(" " + key + " ");
        if (at != std::string::npos) return line.substr(at + key.size() + 2);
    }
    return {};
}

}   // namespace

TEST_CASE("SIGTERM stops talosd and all its workers, history and logs stay, the rest of its files is gone") {
    Daemon daemon(worker("a", shell("echo hello; exec sleep 120")) + worker("b", sleeper()) + worker("c", sleeper()));
    daemon.start();
    std::vector<pid_t> pids;
    for (const char* name : {"a", "b", "c"}) pids.push_back(daemon.worker_in(name, "running").pid);
    CHECK(read_text(daemon.data("daemon.pid")) == std::to_string(daemon.pid()) + "\n");
    CHECK(mode_of(daemon.path("data")) == 0700);
    for (const char* file : {"daemon.pid", "status.json", "daemon.log", "events.jsonl"}) {
        CAPTURE(file);
        CHECK(mode_of(daemon.data(file)) == 0600);
    }
    REQUIRE(eventually([&] { return daemon.worker_log("a").find("hello") != std::string::npos; }));

    CHECK(daemon.stop() == 0);
    for (const pid_t pid : pids) CHECK_FALSE(alive(pid));
    CHECK(daemon.left_behind() == "");
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
    CHECK_FALSE(exists(daemon.data("status.json")));
    CHECK(exists(daemon.data("events.jsonl")));
    CHECK(exists(daemon.data("daemon.log")));
    CHECK(daemon.worker_log("a").find("hello") != std::string::npos);
}

TEST_CASE("the status names each worker's process as /proc does") {
    Daemon daemon(worker("one", sleeper()) + worker("two", sleeper()));
    daemon.start();
    const auto document = *daemon.status();
    CHECK(document.at("startTicks").to_number<std::uint64_t>() == proc(daemon.pid()).start_ticks);
    for (const char* name : {"one", "two"}) {
        const auto view = daemon.worker_in(name, "running");
        const auto process = proc(view.pid);
        CHECK(view.goal == "up");
        CHECK(view.ready);
        CHECK(process.start_ticks == view.start_ticks);
        CHECK(process.ppid == daemon.pid());
        CHECK(process.session == view.pid);
        // the kernel shows the environment at the end of its exec; "running" is told at its point of no return
        CHECK(eventually([&] { return has_entry(view.pid, std::string("TALOS_WORKER=") + name); }));
        CHECK(has_entry(view.pid, daemon.run_mark()));
    }
}

TEST_CASE("a worker starts clean: descriptors 0-2, no input, default signals, its own directory and environment") {
    Daemon daemon(worker("w", reporter(), R"("env": {"COLOUR": "blue=green"}, "cwd": "home")"));
    std::filesystem::create_directory(daemon.path("home"));
    auto how = daemon.command();
    how.env.emplace_back("GIVEN", "to talosd");
    how.before_exec = [] {
        for (const int number : {SIGUSR2, SIGWINCH, SIGPIPE, SIGCHLD}) ::signal(number, SIG_IGN);
        sigset_t some;
        ::sigemptyset(&some);
        ::sigaddset(&some, SIGUSR1);
        ::sigprocmask(SIG_BLOCK, &some, nullptr);
        if (::dup2(0, 50) < 0) ::_exit(125);
    };
    daemon.start(how);
    REQUIRE(eventually([&] { return daemon.worker_log("w").find(" end\n") != std::string::npos; }));
    const auto text = daemon.worker_log("w");
    INFO(text);
    CHECK(line_after(text, "descriptors") == "0 1 2");
    CHECK(line_after(text, "stdin") == "/dev/null");
    CHECK(line_after(text, "blocked") == "0000000000000000");
    CHECK(line_after(text, "ignored") == "0000000000000000");
    CHECK(line_after(text, "cwd") == std::filesystem::canonical(daemon.path("home")));
    CHECK(text.find(" env COLOUR=blue=green\n") != std::string::npos);
    CHECK(text.find(" env GIVEN=to talosd\n") != std::string::npos);
}

TEST_CASE("a second SIGTERM kills at once what the first could not end") {
    Daemon daemon(worker("stubborn", {program("ignore_term")}, stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("stubborn").find("ready") != std::string::npos; }));
    const auto pid = daemon.worker_in("stubborn", "running").pid;
    daemon.process().signal(SIGTERM);
    daemon.worker_in("stubborn", "stopping");
    CHECK(alive(pid));
    daemon.process().signal(SIGTERM);
    CHECK(daemon.process().wait() == 0);
    CHECK_FALSE(alive(pid));
    CHECK(daemon.left_behind() == "");
    CHECK(daemon.log().find("SIGKILL") != std::string::npos);
}

TEST_CASE("SIGINT and SIGQUIT stop it as SIGTERM does") {
    const int signal = GENERATE(SIGINT, SIGQUIT);
    Daemon daemon(
        worker("w", shell("trap 'echo gently; exit 0' TERM; echo ready; while :; do sleep 0.02; done"), stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("ready") != std::string::npos; }));
    daemon.process().signal(signal);
    CHECK(daemon.process().wait() == 0);
    CHECK(daemon.worker_log("w").find("gently") != std::string::npos);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("signals that come while talosd is on its way out do not change its exit code") {
    Daemon daemon(worker("w", sleeper()));
    for (int round = 0; round < 10; ++round) {
        daemon.start();
        while (!daemon.process().ended()) daemon.process().signal(SIGTERM);
        CHECK(daemon.process().wait() == 0);
        CHECK_FALSE(exists(daemon.data("daemon.pid")));
    }
}

TEST_CASE("SIGHUP without a terminal and SIGUSR1 end neither talosd nor its workers") {
    Daemon daemon(worker("w", shell("while :; do echo tick; sleep 0.05; done")));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    daemon.process().signal(SIGHUP);
    REQUIRE(eventually([&] { return daemon.log().find("reload of ") != std::string::npos; }));

    SECTION("SIGUSR1 makes it write to new files when the old ones were moved away") {
        std::filesystem::rename(daemon.data("logs/w.log"), daemon.data("logs/old.log"));
        std::filesystem::rename(daemon.data("daemon.log"), daemon.data("old.log"));
        daemon.process().signal(SIGUSR1);
        CHECK(eventually([&] { return daemon.worker_log("w").find("tick") != std::string::npos; }));
        const auto code = daemon.stop();
        CHECK(code == 0);
        CHECK(daemon.log().find("stopped") != std::string::npos);
        return;
    }
    CHECK(daemon.worker_in("w", "running").pid == pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("no workers at all: talosd stays until it is stopped") {
    Daemon daemon;
    daemon.start();
    CHECK(daemon.status()->at("workers").as_array().empty());
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a worker without autostart is listed and left alone") {
    Daemon daemon(worker("lazy", sleeper(), R"("autostart": false)") + worker("busy", sleeper()));
    daemon.start();
    daemon.worker_in("busy", "running");
    const auto lazy = daemon.worker_in("lazy", "stopped");
    CHECK(lazy.goal == "down");
    CHECK(lazy.pid == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("the history is a gapless sequence and tells the same story as the status") {
    Daemon daemon(worker("w", sleeper()));
    for (int round = 0; round < 2; ++round) {   // the second run continues the first one's sequence
        daemon.start();
        daemon.worker_in("w", "running");
        const auto last = daemon.status()->at("sequence").to_number<std::uint64_t>();
        CHECK(daemon.events().back().at("sequence").to_number<std::uint64_t>() == last);
        CHECK(daemon.stop() == 0);
    }
    std::uint64_t sequence = 0;
    for (const auto& event : daemon.events()) CHECK(event.at("sequence").to_number<std::uint64_t>() == ++sequence);
    CHECK(sequence >= 12);   // twice: start, running, starting, running, stopping, stopped at least
}

TEST_CASE("talosd starts with its standard descriptors closed, and its files do not end up on them") {
    Daemon daemon(worker("w", reporter()));
    auto how = daemon.command();
    how.before_exec = [] {
        for (int fd = 0; fd <= 2; ++fd) ::close(fd);
    };
    daemon.start(how);
    for (int fd = 0; fd <= 2; ++fd)
        CHECK(std::filesystem::read_symlink("/proc/" + std::to_string(daemon.pid()) + "/fd/" + std::to_string(fd)) ==
              "/dev/null");
    REQUIRE(eventually([&] { return daemon.worker_log("w").find(" end\n") != std::string::npos; }));
    CHECK(line_after(daemon.worker_log("w"), "descriptors") == "0 1 2");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a second talosd in the same data directory says who was first and touches nothing") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto view = daemon.worker_in("w", "running");
    const auto second = run(daemon.command());
    INFO(second.err);
    CHECK(second.code == 1);
    CHECK(second.err.find("already runs") != std::string::npos);
    CHECK(second.err.find("pid " + std::to_string(daemon.pid())) != std::string::npos);
    CHECK(read_text(daemon.data("daemon.pid")) == std::to_string(daemon.pid()) + "\n");
    CHECK("TALOS_RUN=" + std::string(daemon.status()->at("run").as_string().c_str()) == daemon.run_mark());
    CHECK(daemon.worker_in("w", "running").pid == view.pid);
    CHECK(daemon.stop() == 0);
}
