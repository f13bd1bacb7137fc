#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <algorithm>
#include <sstream>

using namespace talos::test;

// Processes that the program of a probe starts and leaves behind.

namespace {

std::vector<pid_t> left_by_probes(const Daemon& daemon) {
    std::istringstream text(read_text(daemon.path("pids")));
    std::vector<pid_t> pids;
    for (pid_t pid = 0; text >> pid;) pids.push_back(pid);
    return pids;
}

std::string exec(const std::string& script) { return R"({"exec": ["sh", "-c", ")" + script + R"("], "interval": "100ms", )"; }

}   // namespace

TEST_CASE("probes: what a program leaves behind ends with it, with cgroups and without") {
    const std::string cgroup = GENERATE("\"cgroup\": \"auto\",", "\"cgroup\": \"off\",");
    const auto leave = std::string("sleep 77 & echo $! >>pids; exit ");
    const auto apart = std::string("(setsid sh -c 'echo $$ >>pids; exec sleep 78' &) ; sleep 79");
    const auto keys = GENERATE_COPY("\"health\": " + exec(leave + "0") + R"("action": "mark"})",
                                    "\"ready\": " + exec(leave + "1") + R"("timeout": "60s"})",
                                    "\"health\": " + exec(apart) + R"("timeout": "100ms", "action": "mark"})");
    CAPTURE(cgroup, keys);
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), keys), cgroup);
    daemon.start();
    constexpr std::size_t enough = 8;
    REQUIRE(eventually([&] { return left_by_probes(daemon).size() >= enough; }));
    const auto pids = left_by_probes(daemon);
    CHECK(
        eventually([&] { return std::none_of(pids.begin(), pids.begin() + enough - 1, [](pid_t pid) { return alive(pid); }); }));
    CHECK(daemon.log().find("cannot be proven") == std::string::npos);
    CHECK(daemon.workers().front().restarts == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
