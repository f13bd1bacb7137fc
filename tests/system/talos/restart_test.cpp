#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>

using namespace talos::test;

namespace {

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// `starting running backoff …`: the states a worker has entered.
std::string story(const Daemon& daemon, const std::string& name) {
    std::string text;
    for (const auto& event : daemon.events()) {
        const auto* whose = event.if_contains("worker");
        const auto* to = event.if_contains("to");
        if (whose == nullptr || whose->as_string() != name.c_str() || to == nullptr) continue;
        if (event.contains("from") && event.at("from") == *to) continue;
        text += (text.empty() ? "" : " ") + std::string(to->as_string().c_str());
    }
    return text;
}

}   // namespace

TEST_CASE("a worker that is killed comes back with another PID, and the status says how it ended") {
    Daemon daemon(worker("w", sleeper(), R"("restart": {"delay": "1ms"})"));
    daemon.start();
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);
    const auto after = daemon.worker_after("w", before.pid);
    CHECK_FALSE(alive(before.pid));
    CHECK(after.restarts == before.restarts + 1);
    CHECK(after.exit_signal == "SIGKILL");
    CHECK_FALSE(after.exit_code.has_value());
    CHECK(story(daemon, "w") == "starting running backoff starting running");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a run that lasted long enough is restarted in the same turn, without backoff") {
    Daemon daemon(worker("w", sleeper(), R"("restart": {"delay": "1h", "resetAfter": "0s"})"));
    daemon.start();
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);
    CHECK(daemon.worker_after("w", before.pid).restarts == 1);
    CHECK(story(daemon, "w") == "starting running starting running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a worker that ends cleanly stays where its policy leaves it") {
    Daemon daemon(worker("on_failure", {"true"}, R"("restart": "on-failure")") +
                  worker("never", {"false"}, R"("restart": "never")") +
                  worker("always", {"true"}, R"("restart": {"policy": "always", "delay": "10ms", "factor": 1})"));
    daemon.start();
    const auto clean = daemon.worker_in("on_failure", "exited");
    CHECK(clean.exit_code == 0);
    CHECK(clean.restarts == 0);
    CHECK(clean.goal == "up");
    const auto failed = daemon.worker_in("never", "exited");
    CHECK(failed.exit_code == 1);
    daemon.worker_when("always", [](const auto& view) { return view.restarts >= 3; });
    CHECK(daemon.stop() == 0);
}

TEST_CASE("backoff: the status says when the next start is, and delays grow up to the longest") {
    Daemon daemon(worker("w", {"false"}, R"("restart": {"delay": "100ms", "factor": 10, "maxDelay": "1h", "jitter": 0})"));
    const auto begin = now_ms();
    daemon.start();
    const auto third = daemon.worker_when("w", [](const auto& view) { return view.state == "backoff" && view.restarts == 2; });
    CHECK(third.next_start_at >= begin + 100 + 1000 + 10'000);
    CHECK(third.pid == 0);
    CHECK(third.exit_code == 1);
    CHECK(now_ms() - begin >= 1100);

    SECTION("a stop during backoff is at once") {
        CHECK(daemon.stop() == 0);
        CHECK(story(daemon, "w") == "starting running backoff starting running backoff starting running backoff stopped");
    }
    SECTION("so is a second one, whatever the first is still at") {
        daemon.process().signal(SIGTERM);
        daemon.process().signal(SIGTERM);
        CHECK(daemon.process().wait() == 0);
    }
}

TEST_CASE("too many failures within the window: fatal, with the reason, and the others go on") {
    Daemon daemon(worker("bad", {program("exit_with"), "3"}, R"("restart": {"delay": "1ms", "limit": 3, "window": "1h"})") +
                  worker("good", sleeper()));
    daemon.start();
    const auto fatal = daemon.worker_in("bad", "fatal");
    CHECK(fatal.exit_code == 3);
    CHECK(fatal.restarts == 2);
    INFO(fatal.reason);
    CHECK(fatal.reason.find("3 failures within 1h") != std::string::npos);
    CHECK(fatal.reason.find("exit code 3") != std::string::npos);
    CHECK(daemon.worker_in("good", "running").restarts == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a stop while a worker is still starting ends it") {
    Daemon daemon(worker("w", sleeper(), R"("startTime": "1h")"));
    daemon.launch(daemon.command());
    const auto starting = daemon.worker_when("w", [](const auto& view) { return view.state == "starting" && view.pid != 0; });
    CHECK_FALSE(starting.ready);
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(starting.pid));
    CHECK(story(daemon, "w") == "starting stopping stopped");
}

TEST_CASE("SIGTERM at any moment of talosd's start ends it, and nothing is left") {
    Daemon daemon(worker("a", shell("echo up; exec sleep 120")) + worker("b", {"false"}, R"("restart": {"delay": "0s"})"));
    for (int round = 0; round < 20; ++round) {
        daemon.launch(daemon.command());
        // a different moment each round: before it hears signals, while it takes its directory, once workers run
        const char* moments[] = {"", "daemon.pid", "status.json", "logs"};
        REQUIRE(eventually([&] { return round % 4 == 0 || exists(daemon.data(moments[round % 4])); }));
        const int code = daemon.stop();
        CHECK((code == 0 || (round % 4 == 0 && code == 128 + SIGTERM)));   // from its directory on it acts on them itself
        CHECK(daemon.left_behind() == "");
        std::filesystem::remove_all(daemon.path("data"));
    }
}

TEST_CASE("an exit is reported with how it was: code, signal, core dump") {
    const auto once = R"("restart": "never")";
    Daemon daemon(worker("code", {program("exit_with"), "77"}, once) +
                  worker("segv", {program("exit_with"), "signal", "11"}, once) +
                  worker("last", shell("printf 'last words without newline'; exit 1"), once));
    daemon.start();
    CHECK(daemon.worker_in("code", "exited").exit_code == 77);
    CHECK(daemon.worker_in("segv", "exited").exit_signal == "SIGSEGV");
    daemon.worker_in("last", "exited");
    CHECK(daemon.worker_log("last").find("last words without newline") != std::string::npos);
    const auto events = daemon.events();
    const auto exit = std::find_if(events.begin(), events.end(), [](const auto& event) {
        return event.contains("exit") && event.at("worker").as_string() == "code";
    });
    REQUIRE(exit != events.end());
    CHECK(exit->at("exit").as_object().at("code").to_number<int>() == 77);
    CHECK(exit->contains("pid"));
    CHECK(exit->at("cause").as_string() == "exit");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a wall clock that jumps by days shortens and delays nothing, and the status follows it") {
    constexpr std::int64_t day = 86'400;
    Daemon daemon(worker("crashes", {"false"}, R"("restart": {"delay": "100ms", "factor": 1})") +
                  worker("deaf", {program("ignore_term")}, stop_after("300ms")));
    auto how = daemon.command();
    how.env.emplace_back("LD_PRELOAD", program("clock_jump.so"));
    how.env.emplace_back("TALOS_TEST_CLOCK", daemon.path("clock"));
    how.env.emplace_back("ASAN_OPTIONS", "verify_asan_link_order=0");
    const auto jump = [&](std::int64_t seconds) {
        write_text(daemon.path("next"), std::to_string(seconds));
        std::filesystem::rename(daemon.path("next"), daemon.path("clock"));
    };
    const auto goes_on = [&] {
        const auto restarts = daemon.worker_when("crashes", [](const auto&) { return true; }).restarts;
        daemon.worker_when("crashes", [&](const auto& view) { return view.restarts >= restarts + 3; });
    };
    daemon.start(how);
    REQUIRE(eventually([&] { return daemon.worker_log("deaf").find("ready") != std::string::npos; }));
    for (const std::int64_t offset : {day, -2 * day, std::int64_t{0}}) {
        jump(offset);
        goes_on();
        const auto written = daemon.status()->at("updatedAt").to_number<std::int64_t>();
        CHECK(std::abs(written - (now_ms() + 1000 * offset)) < 1000 * day / 2);
        CHECK(daemon.ctl({"status"}).code == 0);
    }
    jump(-2 * day);
    daemon.process().signal(SIGTERM);
    daemon.worker_in("deaf", "stopping");
    jump(-4 * day);
    CHECK(daemon.process().wait() == 0);   // its SIGKILL comes 300 ms later, whatever day it is
    CHECK(daemon.left_behind() == "");
}
