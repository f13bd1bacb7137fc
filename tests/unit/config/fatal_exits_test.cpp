#include "config/use/diff.hpp"
#include "config/use/show.hpp"
#include "one_worker.hpp"
#include <csignal>

// The key `fatalExitCodes`.

using namespace talos::config;

namespace {

std::vector<std::string> warnings_of(const std::string& members) {
    std::vector<std::string> lines;
    for (const auto& warning : parse(web_with(members), file).warnings) lines.push_back(warning.pointer + ": " + warning.message);
    return lines;
}

using Lines = std::vector<std::string>;

}   // namespace

TEST_CASE("fatalExitCodes: codes and signals, in any order, and none where the list is empty") {
    const auto web = worker_of(web_with(R"("fatalExitCodes": [78, "SIGSEGV", 0, "abrt", 255])"));
    REQUIRE(web.fatal_exits.get() != nullptr);
    CHECK(*web.fatal_exits.get() == FatalExits{{0, 78, 255}, {SIGABRT, SIGSEGV}});
    CHECK(worker_of(web_with(R"("fatalExitCodes": [])")).fatal_exits.get() == nullptr);
    const auto config = config_of(web_with(R"("fatalExitCodes": ["SIGSEGV", 78])"));
    CHECK(show(config, Values::shown).find(R"("fatalExitCodes": [78, "SIGSEGV"])") != std::string::npos);
    CHECK(show(config_of(web_with(R"("cwd": "/")")), Values::shown).find("fatalExitCodes") == std::string::npos);
}

TEST_CASE("fatalExitCodes: what is neither is an error") {
    const std::string expected = "expected an exit code from 0 to 255 or the name of a signal like \"SIGSEGV\"";
    for (const auto* wrong : {"256", "-1", "1.5", "\"78\"", "\"SIGNONE\"", "\"\"", "null", "[78]"}) {
        CAPTURE(wrong);
        CHECK(error_of(web_with("\"fatalExitCodes\": [" + std::string(wrong) + "]")).find("/fatalExitCodes/0: " + expected) !=
              std::string::npos);
    }
    CHECK(error_of(web_with(R"("fatalExitCodes": 78)"))
              .find("expected an array of exit codes and signals like [78, \"SIGSEGV\"]") != std::string::npos);
}

TEST_CASE("fatalExitCodes: a template's or default's list is replaced as a whole") {
    const std::string text =
        R"({"defaults": {"fatalExitCodes": [78]}, "templates": {"t": {"fatalExitCodes": [3]}}, "workers": {"web": )";
    CHECK(worker_of(text + R"({"command": "x"}}})").fatal_exits.get()->codes == std::vector<std::uint8_t>{78});
    CHECK(worker_of(text + R"({"command": "x", "extends": "t"}}})").fatal_exits.get()->codes == std::vector<std::uint8_t>{3});
    CHECK(worker_of(text + R"({"command": "x", "fatalExitCodes": []}}})").fatal_exits.get() == nullptr);
}

TEST_CASE("fatalExitCodes: a change takes effect at once, and another order is none") {
    const auto before = config_of(web_with(R"("fatalExitCodes": [1, 2])"));
    CHECK(diff(before, config_of(web_with(R"("fatalExitCodes": [2, 1])"))).workers.empty());
    const auto wanted = config_of(web_with(R"("fatalExitCodes": [3])"));
    const auto plan = diff(before, wanted);
    REQUIRE(plan.workers.size() == 1);
    CHECK(plan.workers.front().keys == std::vector{KeyChange{"fatalExitCodes", Effect::live}});
    CHECK(with_live_keys(before.workers.front(), wanted.workers.front()) == wanted.workers.front());
}

TEST_CASE("fatalExitCodes: what changes nothing is mentioned") {
    CHECK(warnings_of(R"("fatalExitCodes": [78])").empty());
    CHECK(warnings_of(R"("fatalExitCodes": [78, 78])") ==
          Lines{"/workers/web/fatalExitCodes/1: has no effect: it is in the list already"});
    CHECK(warnings_of(R"("restart": "never", "fatalExitCodes": [78])") ==
          Lines{"/workers/web/fatalExitCodes: prevents no restart with \"policy\": \"never\": the worker is fatal instead of "
                "exited, and nothing else changes"});
    CHECK(warnings_of(R"("restart": "never", "fatalExitCodes": [78], "hooks": {"onFatal": "./tell"})").empty());
    CHECK(warnings_of(R"("kind": "oneshot", "fatalExitCodes": [0, 78])") ==
          Lines{"/workers/web/fatalExitCodes/0: has no effect for a oneshot, for which exit code 0 is success"});
}

TEST_CASE("onFatal, onUnhealthy: where they never run is mentioned") {
    CHECK(warnings_of(R"("hooks": {"onFatal": "./tell"})") ==
          Lines{"/workers/web/hooks/onFatal: has no effect without \"limit\" in \"restart\" and without \"fatalExitCodes\": the "
                "worker never becomes fatal"});
    CHECK(warnings_of(R"("hooks": {"onFatal": "./tell"}, "restart": {"limit": 3})").empty());
    CHECK(warnings_of(R"("hooks": {"onFatal": "./tell"}, "fatalExitCodes": ["SIGSEGV"])").empty());
    CHECK(warnings_of(R"("hooks": {"onUnhealthy": "./tell"})") ==
          Lines{"/workers/web/hooks/onUnhealthy: has no effect without \"health\""});
    CHECK(warnings_of(R"("hooks": {"onUnhealthy": "./tell"}, "health": {"tcp": "localhost:80"})").empty());
}
