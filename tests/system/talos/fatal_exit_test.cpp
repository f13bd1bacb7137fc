#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"

using namespace talos::test;

// Exits that no start is to follow.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}   // namespace

TEST_CASE("fatalExitCodes: a listed exit is fatal at once whatever the policy is, and why is told everywhere") {
    Daemon daemon;
    daemon.configure(
        worker("code", shell("exit 78"),
               R"("autostart": false, "ready": {"notify": true}, "restart": "always", "fatalExitCodes": [78, "SIGSEGV"])") +
        worker("signal", shell("kill -SEGV $$"),
               R"("autostart": false, "restart": "on-failure", "fatalExitCodes": [78, "SIGSEGV"])") +
        worker("other", shell("exit 77"),
               R"("autostart": false, "restart": {"delay": "1h", "maxDelay": "1h"}, "fatalExitCodes": [78])"));
    daemon.start();
    (void)daemon.ctl({"start", "--no-wait", "all"});
    const auto code = daemon.worker_in("code", "fatal");
    CHECK(code.reason == "exit code 78 is listed in fatalExitCodes");
    CHECK(code.exit_code == 78);
    CHECK(code.restarts == 0);
    CHECK(daemon.worker_in("signal", "fatal").reason == "SIGSEGV is listed in fatalExitCodes");
    CHECK(daemon.worker_in("other", "backoff").exit_code == 77);
    const auto why = daemon.ctl({"why", "code"}).out;
    INFO(why);
    CHECK(has(why, "It is fatal: exit code 78 is listed in fatalExitCodes. talosd does not restart it.\n"));
    CHECK(has(daemon.ctl({"status"}).out, "exit code 78 is listed in fatalExitCodes"));
    CHECK(has(daemon.log(), "exit code 78 is listed in fatalExitCodes"));
    bool told = false;
    for (const auto& event : daemon.events())
        if (const auto* to = event.if_contains("to"); to != nullptr && *to == "fatal" && event.at("worker") == "code")
            told = event.at("cause") == "fatal-exit";
    CHECK(told);
    const auto again = daemon.ctl({"start", "code"});
    INFO(again.err);
    CHECK(again.code == 1);
    CHECK(has(again.err, "exit code 78 is listed in fatalExitCodes"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("fatalExitCodes: a reload changes them without a restart") {
    Daemon daemon;
    const auto go = daemon.path("go");
    const auto main = shell("until [ -e " + go + " ]; do sleep 0.02; done; exit 3");
    daemon.configure(worker("w", main));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    daemon.configure(worker("w", main, R"("fatalExitCodes": [3])"));
    CHECK(call(daemon, "POST", "/v1/reload?wait=30s").json.at("reached").as_bool());
    CHECK(daemon.worker_in("w", "running").pid == pid);
    write_text(go, "");
    CHECK(daemon.worker_in("w", "fatal").reason == "exit code 3 is listed in fatalExitCodes");
    CHECK(daemon.stop() == 0);
}
