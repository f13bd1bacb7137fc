#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include <filesystem>

using namespace talos::test;

// A config of several files: what it includes, what workers take over, where their variables come from.

namespace {

const std::string printing =
    R"("command": ["sh", "-c", "echo $COLOUR $SHAPE ${SIZE:-small}; exec sleep 120"], "startTime": "0s", "log": {"format": "raw"})";

/// `talos.json` with a template, and `conf.d/` with a worker a file.
void put_config(const Daemon& daemon, const std::string& defaults) {
    std::filesystem::create_directories(daemon.path("conf.d"));
    write_text(daemon.path("talos.json"), R"({"include": ["conf.d/*.json"], "defaults": {)" + defaults +
                                              R"(}, "templates": {"printer": {)" + printing +
                                              R"(, "envFile": "shape.env"}}, "workers": {"own": {"extends": "printer"}}})");
    write_text(daemon.path("shape.env"), "SHAPE=round\n");
}

bool logs(const Daemon& daemon, const std::string& worker, const std::string& text) {
    return eventually([&] { return daemon.worker_log(worker) == text; });
}

}   // namespace

TEST_CASE("config of several files: workers of all of them run with what they take over, and a reload touches those that are "
          "concerned") {
    Daemon daemon;
    put_config(daemon, R"("env": {"COLOUR": "red"})");
    write_text(daemon.path("conf.d/a.json"), R"({"workers": {"a": {"extends": "printer", "env": {"COLOUR": "blue"}}}})");
    write_text(daemon.path("conf.d/b.json"), R"({"workers": {"b": {"extends": "printer", "envFile": "b.env"}}})");
    write_text(daemon.path("conf.d/b.env"), "SHAPE='a square'  # of b\n");
    auto how = daemon.command();
    how.env.emplace_back("SIZE", "large");
    daemon.start(how);
    CHECK(logs(daemon, "own", "red round large\n"));
    CHECK(logs(daemon, "a", "blue round large\n"));
    CHECK(logs(daemon, "b", "red a square large\n"));
    CHECK(call(daemon, "POST", "/v1/reload?dryRun").json.at("unchanged").to_number<int>() == 3);
    const auto before = daemon.workers();

    write_text(daemon.path("conf.d/b.env"), "SHAPE=oval\n");
    std::filesystem::remove(daemon.path("conf.d/a.json"));
    write_text(daemon.path("conf.d/c.json"), R"({"workers": {"c": {"extends": "printer", "env": {"COLOUR": "white"}}}})");
    const auto planned = call(daemon, "POST", "/v1/reload?dryRun");
    INFO(planned.body);
    CHECK(planned.json.at("unchanged").to_number<int>() == 1);
    CHECK(planned.body.find("oval") == std::string::npos);
    CHECK(call(daemon, "POST", "/v1/reload?wait=1m").json.at("reached").as_bool());
    CHECK(logs(daemon, "b", "red a square large\nred oval large\n"));
    CHECK(logs(daemon, "c", "white round large\n"));
    CHECK(daemon.worker_in("own", "running").pid == before.front().pid);
    CHECK(daemon.workers().size() == 3);

    put_config(daemon, R"("env": {"COLOUR": "green"})");
    CHECK(call(daemon, "POST", "/v1/reload?wait=1m").json.at("reached").as_bool());
    CHECK(logs(daemon, "own", "red round large\ngreen round large\n"));
    CHECK(daemon.worker_log("c") == "white round large\n");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("config of several files: a reload with an error in one of them changes nothing and names the file") {
    Daemon daemon;
    put_config(daemon, "");
    write_text(daemon.path("conf.d/a.json"), R"({"workers": {"a": {"extends": "printer"}}})");
    daemon.start();
    const auto before = daemon.worker_in("a", "running").pid;
    write_text(daemon.path("conf.d/a.json"), "{\"workers\":\n{\"a\": {\"extends\": \"painter\"}}}");
    write_text(daemon.path("shape.env"), "hunter2\n");
    const auto answer = call(daemon, "POST", "/v1/reload");
    CHECK(answer.body.find(
              "conf.d/a.json:2:19: /workers/a/extends: there is no template \\\"painter\\\"; did you mean \\\"printer\\\"?") !=
          std::string::npos);
    CHECK(answer.body.find("shape.env:1:1: expected NAME=VALUE") != std::string::npos);
    CHECK(answer.body.find("hunter2") == std::string::npos);
    CHECK(daemon.worker_in("a", "running").pid == before);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("config of several files: talosd --check and talosctl config name the file, and show the result without values") {
    const Daemon daemon;
    put_config(daemon, R"("env": {"COLOUR": "hunter2"})");
    write_text(daemon.path("conf.d/a.json"), R"({"workers": {"a": {"extends": "printer"}}})");
    CHECK(run(daemon.command({"--check"})).out.starts_with(daemon.path("talos.json") + ": OK, 2 workers\n"));
    const auto shown = daemon.ctl({"config"});
    CHECK(shown.code == 0);
    CHECK(shown.out.find("\"SHAPE\": \"***\"") != std::string::npos);
    CHECK(shown.out.find("hunter2") == std::string::npos);
    CHECK(shown.out.find("round") == std::string::npos);
    CHECK(shown.out.find("extends") == std::string::npos);

    write_text(daemon.path("conf.d/b.json"), R"({"workers": {"own": {"command": "x"}}, "include": "b.json"})");
    const auto line = daemon.path("conf.d/b.json") + ":1:51: /include: a file includes itself: conf.d/b.json → conf.d/b.json\n";
    const auto checked = run(daemon.command({"--check"}));
    CHECK(checked.code == 1);
    CHECK(checked.err.starts_with(line));
    CHECK(daemon.ctl({"config", "--validate"}).err ==
          "conf.d/b.json:1:51: /include: a file includes itself: conf.d/b.json → conf.d/b.json\n");
    CHECK(daemon.ctl({"start"}).code == 1);
}

TEST_CASE(
    "config of several files: who may not read the env files, or has not talosd's environment, still finds workers and logs") {
    Daemon daemon;
    put_config(daemon, "");
    write_text(daemon.path("conf.d/a.json"),
               R"({"workers": {"a": {"command": ["sh", "-c", "echo ${ONLY_TALOSD}; exec sleep 120"], "startTime": "0s",
        "log": {"file": "elsewhere.log", "format": "raw"}}}})");
    auto how = daemon.command();
    how.env.emplace_back("ONLY_TALOSD", "found");
    daemon.start(how);
    std::filesystem::remove(daemon.path("shape.env"));
    REQUIRE(eventually([&] { return read_text(daemon.data("elsewhere.log")) == "found\n"; }));
    CHECK(daemon.ctl({"logs", "a"}).out.find("found") != std::string::npos);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.ctl({"status", "--names"}).out == "own\na\n");
}
