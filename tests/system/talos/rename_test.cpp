#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <sstream>

using namespace talos::test;

// A worker that a reload removes, and another that takes its place.

namespace {

/// Takes its time to stop, and notes both.
std::string slow_server(const std::string& name) {
    return "trap 'sleep 0.5; echo " + name + " stops >>order; exit 0' TERM; echo " + name +
           " starts >>order; while :; do sleep 0.05; done";
}

std::vector<std::string> lines_of(const Daemon& daemon) {
    std::istringstream text(read_text(daemon.path("order")));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

}   // namespace

TEST_CASE("rename: a worker of another name and the same command starts once the removed one has stopped") {
    const std::string script =
        "trap 'sleep 0.5; echo stops >>order; exit 0' TERM; echo starts >>order; while :; do sleep 0.05; done";
    Daemon daemon(worker("old", shell(script)));
    daemon.start();
    daemon.worker_in("old", "running");
    REQUIRE(eventually([&] { return lines_of(daemon).size() == 1; }));
    daemon.configure(worker("new", shell(script), R"("restart": {"limit": 1})"));
    const auto done = daemon.ctl({"reload"});
    INFO(done.out << done.err);
    CHECK(done.code == 0);
    daemon.worker_in("new", "running");
    REQUIRE(eventually([&] { return lines_of(daemon).size() == 3; }));
    CHECK(lines_of(daemon) == std::vector<std::string>{"starts", "stops", "starts"});
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("rename: the same log file, or the same address of a probe, makes the new worker wait as well") {
    const std::string shared =
        GENERATE(R"("log": {"file": "/tmp/talos-rename-test-LOG.log"})", R"("health": {"tcp": "127.0.0.1:9", "action": "mark"})");
    Daemon daemon;
    auto extra = shared;
    if (const auto at = extra.find("/tmp/talos-rename-test-LOG.log"); at != std::string::npos)
        extra.replace(at, 30, daemon.path("shared.log"));
    daemon.configure(worker("old", shell(slow_server("old")), extra));
    daemon.start();
    daemon.worker_in("old", "running");
    REQUIRE(eventually([&] { return lines_of(daemon).size() == 1; }));
    daemon.configure(worker("new", shell(slow_server("new")), extra));
    CHECK(daemon.ctl({"reload"}).code == 0);
    REQUIRE(eventually([&] { return lines_of(daemon).size() == 3; }));
    CHECK(lines_of(daemon) == std::vector<std::string>{"old starts", "old stops", "new starts"});
    CHECK(daemon.stop() == 0);
}

TEST_CASE("rename: a second reload before the old one has stopped does not lose the start of the new one") {
    Daemon daemon(worker("old", shell("trap '' TERM; echo starts >>order; while :; do sleep 0.05; done"), stop_after("1s")));
    daemon.start();
    daemon.worker_in("old", "running");
    REQUIRE(eventually([&] { return lines_of(daemon).size() == 1; }));
    const auto renamed =
        worker("new", shell("trap '' TERM; echo starts >>order; while :; do sleep 0.05; done"), stop_after("100ms"));
    daemon.configure(renamed);
    REQUIRE(daemon.ctl({"reload", "--no-wait"}).code == 0);
    daemon.configure(renamed + worker("other", sleeper()));
    CHECK(daemon.ctl({"reload"}).code == 0);
    daemon.worker_in("new", "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("rename: an added worker that shares nothing with the removed one does not wait for it") {
    Daemon daemon(worker("old", shell("trap '' TERM; echo starts >>order; while :; do sleep 0.05; done"), stop_after("60s")));
    daemon.start();
    REQUIRE(eventually([&] { return lines_of(daemon).size() == 1; }));
    daemon.configure(worker("new", sleeper()));
    REQUIRE(daemon.ctl({"reload", "--no-wait"}).code == 0);
    daemon.worker_in("new", "running");
    CHECK(daemon.worker_in("old", "stopping").pid > 0);
    daemon.process().signal(SIGTERM);
    daemon.process().signal(SIGINT);   // impatience
    CHECK(daemon.process().wait() == 0);
}
