#include "config/reader/effects.hpp"
#include "one_worker.hpp"

using namespace talos;
using namespace talos::config;
using namespace std::chrono_literals;

// Settings that change nothing.

namespace {

std::vector<std::string> warnings_of(const std::string& text) {
    const auto parsed = parse(text, file);
    CAPTURE(text, errors_of(text));
    CHECK(parsed.errors.empty());
    std::vector<std::string> lines;
    for (const auto& warning : parsed.warnings) lines.push_back(warning.pointer + ": " + warning.message);
    return lines;
}

std::vector<std::string> web_warnings(const std::string& members) { return warnings_of(web_with(members)); }

std::string web_warning(const std::string& members) {
    const auto lines = web_warnings(members);
    CAPTURE(members, lines);
    REQUIRE(lines.size() == 1);
    return lines.front();
}

bool quiet(const std::string& members) {
    const auto lines = web_warnings(members);
    CAPTURE(members, lines);
    return lines.empty();
}

using Lines = std::vector<std::string>;

}   // namespace

TEST_CASE("no effect: a restart limit that can never be reached, with the arithmetic") {
    CHECK(web_warning(R"("restart": {"delay": "2s", "factor": 1, "limit": 5, "window": "2s", "jitter": 0})") ==
          "/workers/web/restart/limit: \"limit\" can never be reached: 4 waits between 5 failures take at least 8s "
          "(\"delay\" 2s, \"factor\" 1, \"jitter\" 0), \"window\" is 2s");
    CHECK(quiet(R"("restart": {"delay": "2s", "factor": 1, "limit": 5, "window": "8s", "jitter": 0})"));
    CHECK(quiet(R"("restart": {"delay": "2s", "factor": 1, "limit": 5, "window": "7200ms", "jitter": 0.1})"));
    CHECK(quiet(R"("restart": {"delay": "0s", "limit": 5, "window": "1ms"})"));
    CHECK(quiet(R"("restart": {"delay": "2s", "limit": 5, "window": "1ms", "jitter": 1})"));
}

TEST_CASE("no effect: a limit that is reached only where a long run shortens the waits again is not reported") {
    RestartSpec restart;
    restart.limit = 10;
    restart.delay = 1s;
    restart.factor = 10;
    restart.max_delay = 1h;
    restart.jitter = 0;
    restart.reset_after = 1s;
    restart.window = 18s;   // nine times: a wait of 1 s and a run of 1 s
    CHECK_FALSE(limit_complaint(restart).has_value());
    restart.window = 9s;
    CHECK(limit_complaint(restart).has_value());
    restart.limit = 100'000;
    CHECK(limit_complaint(restart).has_value());
}

TEST_CASE("effects: a resetAfter that makes every run a success is warned of") {
    CHECK(web_warning(R"("restart": {"resetAfter": "0s", "limit": 3})") ==
          "/workers/web/restart/resetAfter: a run of 0s counts as no failure: a program that fails that soon is started again "
          "without \"delay\" and \"limit\"");
    CHECK(quiet(R"("restart": {"resetAfter": "1s", "limit": 3})"));
}

TEST_CASE("no effect: keys of restart beside a policy, a limit or a delay that leaves them none") {
    CHECK(web_warnings(R"("restart": {"policy": "never", "limit": 3, "delay": "1s"})") ==
          Lines{"/workers/web/restart/limit: has no effect with \"policy\": \"never\"",
                "/workers/web/restart/delay: has no effect with \"policy\": \"never\""});
    CHECK(web_warning(R"("restart": {"window": "5m"})") == "/workers/web/restart/window: has no effect without \"limit\"");
    CHECK(web_warning(R"("restart": {"limit": 1, "factor": 3})") ==
          "/workers/web/restart/factor: has no effect with \"limit\": 1, the first failure ends in fatal");
    CHECK(web_warning(R"("restart": {"delay": "0s", "jitter": 0.5})") ==
          "/workers/web/restart/jitter: has no effect with \"delay\": \"0s\"");
    CHECK(web_warning(R"("restart": {"delay": "1m"})") ==
          "/workers/web/restart/delay: \"delay\", 1m, has no effect above \"maxDelay\", 30s");
    CHECK(web_warning(R"("restart": {"factor": 1, "maxDelay": "1m"})") ==
          "/workers/web/restart/maxDelay: has no effect with \"factor\": 1, no wait is longer than \"delay\"");
    CHECK(web_warning(R"("kind": "oneshot", "restart": {"resetAfter": "1m"})") ==
          "/workers/web/restart/resetAfter: has no effect for a oneshot: its failures count however long it ran");
    CHECK(quiet(
        R"("restart": {"policy": "always", "limit": 5, "window": "1m", "delay": "1s", "factor": 3, "maxDelay": "10s", "jitter": 0.2, "resetAfter": "1s"})"));
}

TEST_CASE("no effect: startTime with ready, streams without a log, compress without kept files, maxLine of raw lines") {
    CHECK(web_warning(R"("startTime": "5s", "ready": {"notify": true})") ==
          "/workers/web/startTime: has no effect with \"ready\", which says when it is up");
    CHECK(web_warning(R"("streams": "separate", "log": "none")") == "/workers/web/streams: has no effect with \"log\": \"none\"");
    CHECK(quiet(R"("streams": "separate", "log": "none", "ready": {"log": "up"})"));
    CHECK(web_warning(R"("log": {"compress": "zstd", "keep": 0})") ==
          "/workers/web/log/compress: has no effect with \"keep\": 0, no rotated file is kept");
    CHECK(web_warning(R"("log": [{"file": "a.log"}, {"file": "b.log", "format": "raw", "maxLine": "2KiB"}])") ==
          "/workers/web/log/1/maxLine: has no effect with \"format\": \"raw\" unless \"streams\" is \"separate\"");
    CHECK(quiet(R"("log": {"format": "raw", "maxLine": "2KiB"}, "streams": "separate")"));
}

TEST_CASE("no effect: steps after SIGKILL, postStart of what never runs, variables of talosd's own") {
    CHECK(web_warning(R"("stop": {"steps": [{"signal": "SIGKILL"}, {"signal": "SIGTERM"}]})") ==
          "/workers/web/stop/steps/1: has no effect after SIGKILL, which no process survives");
    CHECK(quiet(R"("stop": {"steps": [{"signal": "SIGTERM"}, {"signal": "SIGKILL"}]})"));
    CHECK(web_warning(R"("kind": "oneshot", "hooks": {"postStart": "x"})") ==
          "/workers/web/hooks/postStart: has no effect for a oneshot without \"remainUp\", which is never running");
    CHECK(quiet(R"("kind": "oneshot", "remainUp": true, "hooks": {"postStart": "x"})"));
    CHECK(web_warning(R"("env": {"TALOS_WORKER": "x"})") ==
          "/workers/web/env/TALOS_WORKER: has no effect: talosd sets this variable itself");
}

TEST_CASE("no effect: what was taken over for other workers is not reported in the one that has no use for it") {
    CHECK(
        warnings_of(
            R"({"defaults": {"restart": {"limit": 5, "window": "2m"}}, "workers": {"w": {"command": "x", "restart": "never"}}})")
            .empty());
    CHECK(
        warnings_of(
            R"({"templates": {"t": {"restart": {"window": "2m"}}}, "workers": {"w": {"command": "x", "extends": "t", "restart": {"limit": 3}}}})")
            .empty());
    CHECK(warnings_of(R"({"templates": {"t": {"restart": {"policy": "never", "limit": 2}}}})") ==
          Lines{"/templates/t/restart/limit: has no effect with \"policy\": \"never\""});
}
