#include "config/use/diff.hpp"
#include "config/use/show.hpp"
#include "support/catch.hpp"
#include "unit/config/files.hpp"

using namespace talos;
using namespace talos::config;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

Variables env(const Files& files, const std::string& members) {
    const auto parsed = files.parse(R"({"workers": {"web": {"command": "x", )" + members + "}}}");
    for (const auto& error : parsed.errors) FAIL(to_text(error, "talos.json"));
    return parsed.config.workers.front().env;
}

std::string error_of(const Files& files, const std::string& members) {
    const auto lines = files.errors("{\"workers\": {\"web\": {\"command\": \"x\",\n" + members + "}}}");
    REQUIRE(lines.size() == 1);
    return lines.front();
}

}   // namespace

TEST_CASE("env file: its variables are the worker's, those of env come first, later files over earlier ones") {
    const Files files{{"/srv/app/a.env", "A=1\nB=1\nC=1"}, {"/srv/app/sub/b.env", "B=2\nD=2"}, {"/etc/c.env", "E=3"}};
    CHECK(env(files, R"("envFile": "a.env")") == Variables{{"A", "1"}, {"B", "1"}, {"C", "1"}});
    CHECK(env(files, R"("envFile": ["a.env", "./x/../sub/b.env", "/etc/c.env"], "env": {"C": "own", "F": "4"})") ==
          Variables{{"A", "1"}, {"B", "2"}, {"C", "own"}, {"D", "2"}, {"E", "3"}, {"F", "4"}});
    CHECK(env(files, R"("envFile": [])").empty());
}

TEST_CASE("env file: a missing one is an error at its name, unless it is not required") {
    const Files files{{"/srv/app/closed.env", "EACCES"}};
    CHECK(error_of(files, R"("envFile": ["none.env"])") ==
          "talos.json:2:13: /workers/web/envFile/0: open /srv/app/none.env: No such file or directory");
    CHECK(env(files, R"("envFile": {"path": "none.env", "required": false})").empty());
    CHECK(error_of(files, R"("envFile": {"path": "none.env", "required": true})").find("/workers/web/envFile/path: open ") !=
          std::string::npos);
    CHECK(error_of(files, R"("envFile": {"path": "closed.env", "required": false})").ends_with("Permission denied"));
}

TEST_CASE("env file: what is wrong in one is told with its name and line, once, and without values") {
    const Files files{{"/srv/app/sub/x.env", "A=1\n  hunter2\n"}, {"/etc/y.env", "B=\"hunter2"}};
    const auto lines = files.errors(R"({"workers": {"a": {"command": "x", "envFile": "sub/x.env"},
        "b": {"command": "x", "envFile": ["sub/x.env", "/etc/y.env"]}}})");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == "sub/x.env:2:3: expected NAME=VALUE, a name of letters, digits and _ . -");
    CHECK(lines[1] == "/etc/y.env:1:3: the quote is never closed");
    const auto parsed = files.parse(R"({"workers": {"a": {"command": "x", "envFile": "sub/x.env"}}})");
    REQUIRE(parsed.errors.size() == 1);
    CHECK(to_text(parsed.errors.front(), "../app/talos.json").starts_with("../app/sub/x.env:2:3: "));
}

TEST_CASE("env file: the key's own shape") {
    const Files files{{"/srv/app/a.env", ""}};
    CHECK(error_of(files, R"("envFile": 3)").ends_with("/workers/web/envFile: expected a path, found 3"));
    CHECK(error_of(files, R"("envFile": {"required": false})").ends_with("the key \"path\" is missing: the file"));
    CHECK(error_of(files, R"("envFile": {"path": "a.env", "optional": true})")
              .ends_with("/workers/web/envFile/optional: unknown key"));
    CHECK(error_of(files, R"("envFile": "conf/")").ends_with("this is the path of a directory"));
}

TEST_CASE("env file: one that defaults name is read once for all workers") {
    const Files files{{"/srv/app/a.env", "A=1"}};
    const auto parsed = files.parse(
        R"({"defaults": {"envFile": "a.env"}, "workers": {"a": {"command": "x"}, "b": {"command": "x", "env": {"A": "2"}},
        "c": {"command": "x", "envFile": []}}})");
    REQUIRE(parsed.errors.empty());
    CHECK(parsed.config.workers[0].env == Variables{{"A", "1"}});
    CHECK(parsed.config.workers[1].env == Variables{{"A", "2"}});
    CHECK(parsed.config.workers[2].env.empty());
    CHECK(files.reads("/srv/app/a.env") == 1);
    CHECK(files.errors(R"({"defaults": {"envFile": "no.env"}, "workers": {"a": {"command": "x"}, "b": {"command": "x"}}})") ==
          std::vector<std::string>{"talos.json:1:26: /defaults/envFile: open /srv/app/no.env: No such file or directory"});
}

TEST_CASE("env file: its values are masked where those of env are, and a changed one is a change of env") {
    const std::string text = R"({"workers": {"a": {"command": "x", "envFile": "a.env"}, "b": {"command": "x"}}})";
    const auto before = Files{{"/srv/app/a.env", "TOKEN=hunter2"}}.parse(text).config;
    const auto after = Files{{"/srv/app/a.env", "TOKEN=hunter3"}}.parse(text).config;
    CHECK(show(before, Values::masked).find("hunter") == std::string::npos);
    CHECK(show(before, Values::masked).find("\"TOKEN\": \"***\"") != std::string::npos);
    const auto plan = diff(before, after);
    REQUIRE(plan.workers.size() == 1);
    CHECK(plan.workers.front().keys == std::vector<KeyChange>{{"env", Effect::restart}});
}
