#include "support/catch.hpp"
#include "system/talos/api.hpp"

using namespace talos::test;

namespace {

/// Each ends about when its stop plan loses patience.
std::string ends_just_in_time(int count) {
    const auto command = shell("trap 'exec sleep 0.1' TERM; echo ready; sleep 120 & wait");
    std::string workers;
    for (int i = 0; i < count; ++i)
        workers += worker("w" + std::to_string(i), command, R"("ready": {"log": "ready"}, )" + stop_after("100ms"));
    return workers;
}

}   // namespace

TEST_CASE(
    "reload: of removed workers that end at the very moment their stop plan goes on nothing is left, and the others run on") {
    constexpr int removed = 150;
    const auto stays = worker("stays", sleeper());
    Daemon daemon(stays + ends_just_in_time(removed));
    auto how = daemon.command();
    how.env.emplace_back("MALLOC_PERTURB_", "165");   // whoever uses what is freed finds nothing of use there
    daemon.start(how);
    REQUIRE(daemon.ctl({"wait", "all"}).code == 0);
    const auto before = daemon.worker_in("stays", "running").pid;
    daemon.configure(stays);
    const auto done = call(daemon, "POST", "/v1/reload?wait=1m");
    INFO(done.body);
    CHECK(done.status == 200);
    REQUIRE(eventually([&] { return daemon.workers().size() == 1; }));
    CHECK(daemon.worker_in("stays", "running").pid == before);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
