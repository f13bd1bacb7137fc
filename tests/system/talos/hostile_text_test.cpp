#include "support/catch.hpp"
#include "system/talos/daemon.hpp"

using namespace talos::test;

// What a worker writes, chosen such that something that reads it would fail.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Lines that a backtracking engine cannot decide for `^(a+)+$`, then one that matches.
constexpr const char* hard_lines = "awk 'BEGIN { for (i = 0; i < 900; ++i) a = a \"a\"; for (i = 0; i < 200; ++i) print a \"!\"; print \"aaa\" }'; exec sleep 120";

}  // namespace

TEST_CASE("ready by a line: output that is hard for a backtracking engine hides no line") {
    Daemon daemon(worker("w", shell(hard_lines), R"x("ready": {"log": "^(a+)+$", "timeout": "100s"})x"));
    daemon.start();
    CHECK(daemon.worker_in("w", "running").ready);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl logs --grep: an expression decides every line, and one that the engine lacks is an error of usage") {
    Daemon daemon(worker("w", shell(hard_lines)));
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "aaa\n"); }));
    const auto found = daemon.ctl({"logs", "-n", "1000", "--grep", "^(a+)+$"});
    CHECK(found.code == 0);
    CHECK(found.out.ends_with("aaa\n"));
    CHECK_FALSE(has(found.out, "!"));
    for (const char* lacking : {"a(?=b)", "(a)\\1", "(a{1000}){1000}", ".{1000}"}) {
        const auto refused = daemon.ctl({"logs", "--grep", lacking});
        CHECK(refused.code == 2);
        CHECK(has(refused.err, std::string("--grep \"") + lacking + "\": "));
    }
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosd --check: names the place of an expression that cannot be used") {
    Daemon daemon(worker("w", sleeper(), R"x("ready": {"log": "up(?!!)"})x"));
    const auto checked = run(daemon.command({"--check"}));
    CHECK(checked.code != 0);
    CHECK(has(checked.out + checked.err, "/workers/w/ready/log: the regular expression has \"(?!\" at byte 3: look-ahead and look-behind are not supported"));
}
