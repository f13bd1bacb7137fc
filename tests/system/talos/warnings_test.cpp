#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <boost/json/parse.hpp>
#include <unistd.h>

using namespace talos::test;

// Warnings about a config that can be used, at --check, start and reload.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string about_program = "/workers/gone/command: warning: the program ./no-such-program does not exist";

std::string gone() { return worker("gone", {"./no-such-program"}, R"("autostart": false)"); }

}   // namespace

TEST_CASE("warnings: --check prints them with their place and succeeds") {
    Daemon daemon(gone() + worker("lost", {"sleep", "1"}, R"("cwd": "no-such-folder")"));
    const auto checked = run(daemon.command({"--check"}));
    INFO(checked.err);
    CHECK(checked.code == 0);
    CHECK(has(checked.out, "OK, 2 workers"));
    CHECK(has(checked.err, "talos.json:2:21: " + about_program + "\n"));
    CHECK(has(checked.err,
              "/workers/lost/cwd: warning: the working directory " + daemon.path("no-such-folder") + " does not exist\n"));
}

TEST_CASE("warnings: an unknown account is an error of --check, of the start and of a reload, unless it is accepted") {
    const std::string bad = worker("bad", sleeper(), R"("user": "no-such-user")");
    Daemon daemon(bad);
    for (const auto& words : {std::vector<std::string>{"--check"}, std::vector<std::string>{}}) {
        const auto refused = run(daemon.command(words));
        CHECK(refused.code == 1);
        CHECK(has(refused.err, "/workers/bad/user: there is no user \"no-such-user\"\n"));
    }
    CHECK(run(daemon.command({"--check", "--no-accounts"})).code == 0);
    daemon.configure(worker("good", sleeper()));
    daemon.start();
    daemon.configure(worker("good", sleeper()) + bad);
    const auto reloaded = daemon.ctl({"reload"});
    CHECK(reloaded.code == 1);
    CHECK(has(reloaded.err, "/workers/bad/user: there is no user \"no-such-user\""));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("warnings: at the start on stderr and in the log, at a reload on stderr and in JSON") {
    Daemon daemon(gone() + worker("web", sleeper()));
    daemon.start();
    CHECK(has(daemon.process().err(), about_program));
    CHECK(has(daemon.log(), about_program));
    const auto reloaded = daemon.ctl({"reload", "--json"});
    CHECK(reloaded.code == 0);
    CHECK(has(reloaded.err, about_program));
    const auto document = boost::json::parse(reloaded.out).as_object();
    REQUIRE(document.at("warnings").as_array().size() == 1);
    CHECK(has(std::string(document.at("warnings").as_array()[0].as_string()), about_program));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("warnings: talosctl config --validate and start print them, too") {
    Daemon daemon(gone() + worker("web", sleeper()));
    const auto validated = daemon.ctl({"config", "--validate", "--json"});
    CHECK(validated.code == 0);
    CHECK(has(validated.err, about_program));
    const auto document = boost::json::parse(validated.out).as_object();
    const auto& warning = document.at("warnings").as_array().at(0).as_object();
    CHECK(warning.at("pointer") == "/workers/gone/command");
    CHECK(warning.at("line") == 2);
    const auto started = daemon.ctl({"start"});
    daemon.take_detached();
    CHECK(started.code == 0);
    CHECK(has(started.err, about_program));
    CHECK(daemon.ctl({"stop"}).code == 0);
}
