#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "system/talos/api.hpp"

using namespace talos::test;

namespace {

/// `words`: what sibling_storm is given.
void survives_storm(const std::vector<std::string>& words) {
    std::vector<std::string> storm{program("sibling_storm")};
    storm.insert(storm.end(), words.begin(), words.end());
    Daemon daemon(worker("storm", storm, R"("ready": {"log": "ready"}, "log": {"format": "raw"}, )" + stop_after("100ms")) +
                  worker("other", sleeper(), R"("restart": {"delay": "1ms"})"));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("storm").find("ready") != std::string::npos; }));
    for (int round = 0; round < 3; ++round) {
        const auto before = daemon.worker_in("other", "running");
        kill_main(before);
        (void)daemon.worker_after("other", before.pid);
        CHECK(call(daemon, "GET", "/livez").status == 200);
    }
    CHECK(daemon.ctl({"stop", "storm"}).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

}   // namespace

TEST_CASE(
    "children: a worker that makes talosd children without end does not keep it from its other workers, nor from its own end") {
    survives_storm({"1500"});
}

TEST_CASE("children: a worker whose processes, children of talosd, stop and continue without end does not keep it from its other "
          "workers either") {
    survives_storm({"500", "stops"});
}
