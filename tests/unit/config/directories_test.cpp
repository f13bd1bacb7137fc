#include "config/sections/directories_reader.hpp"
#include "config/use/diff.hpp"
#include "config/use/show.hpp"
#include "one_worker.hpp"
#include <map>

// The key `directories`.

using namespace talos;
using namespace talos::config;

namespace {

using List = std::vector<DirectorySpec>;

List read(const std::string& value) {
    return worker_of(web_with("\"directories\": {\"state\": " + value + "}")).directories.get()->of(DirectoryKind::state);
}

Result<std::string> base(DirectoryKind kind, bool root, const std::map<std::string, std::string>& environment) {
    return directory_base(kind, root, [&](const char* name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    });
}

}   // namespace

TEST_CASE("directories: a name, an object, or an array of both") {
    CHECK(read(R"("app")") == List{{"app", 0755}});
    CHECK(read(R"({"name": "app/cache", "mode": "0750"})") == List{{"app/cache", 0750}});
    CHECK(read(R"(["a", {"name": "b", "mode": "2770"}])") == List{{"a", 0755}, {"b", 02770}});
    CHECK(read(R"("${TALOS_WORKER}-data")") == List{{"web-data", 0755}});
}

TEST_CASE("directories: names that lead elsewhere, that stand twice, and modes that are none are errors") {
    for (const auto* wrong :
         {R"("")", R"("/app")", R"("..")", R"("a/../b")", R"("./a")", R"("a/")", R"("a//b")", R"("a:b")", R"("a\nb")", "7",
          R"({"mode": "0700"})", R"({"name": "a", "mode": "700"})", R"({"name": "a", "mode": 700})",
          R"({"name": "a", "mode": "0800"})", R"(["a", "a"])", R"({"name": "a", "owner": "x"})"}) {
        CAPTURE(wrong);
        CHECK(errors_of(web_with("\"directories\": {\"state\": " + std::string(wrong) + "}")).size() == 1);
    }
    CHECK(error_of(web_with(R"("directories": {"cache": "a"})")).find("unknown key") != std::string::npos);
    CHECK(error_of(web_with(R"("directories": {"state": ["a", "a"]})"))
              .ends_with("/directories/state/1: the directory \"a\" is named here already"));
}

TEST_CASE("directories: the kinds of templates and defaults are kept beside the worker's own") {
    const auto web = worker_of(R"({"defaults": {"directories": {"logs": "${TALOS_WORKER}", "state": "all"}},
                                   "workers": {"web": {"command": "x", "directories": {"state": "own"}}}})");
    CHECK(web.directories.get()->of(DirectoryKind::logs) == List{{"web", 0755}});
    CHECK(web.directories.get()->of(DirectoryKind::state) == List{{"own", 0755}});
}

TEST_CASE("directories: each instance has its own where the name says so") {
    const auto config = config_of(
        R"({"workers": {"web": {"command": "x", "instances": 2, "directories": {"runtime": ["web-{index}", "${TALOS_WORKER}.d"]}}}})");
    REQUIRE(config.workers.size() == 2);
    CHECK(config.workers[1].directories.get()->of(DirectoryKind::runtime) == List{{"web-2", 0755}, {"web-2.d", 0755}});
}

TEST_CASE("directories: a change restarts the worker, and what is shown is the same config") {
    const auto before = config_of(web_with(R"("directories": {"state": "a", "logs": "a"})"));
    const auto plan =
        diff(before, config_of(web_with(R"("directories": {"state": {"name": "a", "mode": "0700"}, "logs": "a"})")));
    REQUIRE(plan.workers.size() == 1);
    CHECK(plan.workers.front().keys == std::vector{KeyChange{"directories.state", Effect::restart}});
    CHECK(show(before, Values::shown).find(R"({ "name": "a", "mode": "0755" })") != std::string::npos);
    CHECK(parse(show(before, Values::shown), file).config == before);
}

TEST_CASE("directories: a variable that talosd sets itself is mentioned where the config sets it, too") {
    const auto parsed =
        parse(web_with(R"("env": {"STATE_DIRECTORY": "/x", "LOGS_DIRECTORY": "/y"}, "directories": {"state": "a"})"), file);
    REQUIRE(parsed.warnings.size() == 1);
    CHECK(parsed.warnings.front().pointer == "/workers/web/env/STATE_DIRECTORY");
}

TEST_CASE("directories: they lie in the system's directories for root, in the user's for others") {
    CHECK(base(DirectoryKind::runtime, true, {{"XDG_RUNTIME_DIR", "/x"}}).value() == "/run");
    CHECK(base(DirectoryKind::state, true, {}).value() == "/var/lib");
    CHECK(base(DirectoryKind::logs, true, {}).value() == "/var/log");
    CHECK(base(DirectoryKind::runtime, false, {{"XDG_RUNTIME_DIR", "/run/user/7"}}).value() == "/run/user/7");
    CHECK(base(DirectoryKind::state, false, {{"HOME", "/home/a"}}).value() == "/home/a/.local/state");
    CHECK(base(DirectoryKind::state, false, {{"HOME", "/home/a"}, {"XDG_STATE_HOME", "/s"}}).value() == "/s");
    CHECK(base(DirectoryKind::logs, false, {{"HOME", "/home/a"}, {"XDG_STATE_HOME", "relative"}}).value() ==
          "/home/a/.local/state/log");
    CHECK(base(DirectoryKind::runtime, false, {}).error().message() == "XDG_RUNTIME_DIR is not set, which says where it lies");
    CHECK(base(DirectoryKind::logs, false, {}).error().message() ==
          "neither XDG_STATE_HOME nor HOME is set, which say where it lies");
}
