#include "config/document/expand.hpp"
#include "config/use/show.hpp"
#include "support/catch.hpp"
#include "unit/config/files.hpp"

using namespace talos;
using namespace talos::config;

namespace {

std::string filled(std::string_view text) {
    const auto result = expand(text, [](std::string_view name) -> std::optional<std::string> {
        if (name == "A") return "1";
        if (name == "_long_NAME2") return "${A} $$";
        if (name == "EMPTY") return "";
        return std::nullopt;
    });
    CAPTURE(std::string(text));
    CHECK(result.malformed.empty());
    CHECK(result.unset.empty());
    return result.text;
}

Expanded faulty(std::string_view text) {
    return expand(text, [](std::string_view) { return std::nullopt; });
}

Files with(const Files::Map& environment) {
    Files files{{"/srv/app/a.env", "FILE=f\nBOTH=file\nRAW=${A}"}, {"/srv/app/dev.env", "STAGE=dev"}};
    files.environment = environment;
    return files;
}

WorkerSpec worker(const Files& files, const std::string& members) {
    const auto parsed = files.parse("{\"workers\": {\"web\": {" + members + "}}}");
    for (const auto& error : parsed.errors) FAIL(to_text(error, "talos.json"));
    return parsed.config.workers.front();
}

std::string error_of(const Files& files, const std::string& members) {
    const auto lines = files.errors("{\"workers\": {\"web\": {\n" + members + "}}}");
    REQUIRE(lines.size() == 1);
    return lines.front();
}

using Variables = std::vector<std::pair<std::string, std::string>>;
using Words = std::vector<std::string>;

}   // namespace

TEST_CASE("variables: a reference stands for its value, which is not looked at again") {
    CHECK(filled("${A}") == "1");
    CHECK(filled("x${A}${A}y") == "x11y");
    CHECK(filled("${_long_NAME2}") == "${A} $$");
    CHECK(filled("[${EMPTY}]") == "[]");
    CHECK(filled("").empty());
}

TEST_CASE("variables: a default stands for what is not set or empty") {
    CHECK(filled("${A:-2}${B:-2}${EMPTY:-3}") == "123");
    CHECK(filled("${B:-}|${B:-a b:-c}|${B:-$x}") == "|a b:-c|$x");
}

TEST_CASE("variables: a dollar is itself wherever no brace follows it") {
    for (const auto* text : {"$", "$$", "$HOME", "echo $$ $! $? $1 $(x) $((1+2))", "100$", "a$b$", "{A}", "$ {A}", "$$$"})
        CHECK(filled(text) == text);
}

TEST_CASE("variables: right before a brace two dollars stand for one") {
    CHECK(filled("$${A}") == "${A}");
    CHECK(filled("$$${A}") == "$1");
    CHECK(filled("$$$${A}") == "$${A}");
    CHECK(filled("$${A:-${A}}") == "${A:-1}");
    CHECK(filled("$${ and $${#x}") == "${ and ${#x}");
}

TEST_CASE("variables: what is not set, and what is no reference, is named") {
    CHECK(faulty("${X} ${Y}").unset == "X");
    CHECK(faulty("${X:-1}").unset.empty());
    for (const auto* text :
         {"${", "${}", "${1}", "${x%%.*}", "${#x}", "${x:?no}", "${x-1}", "${a b}", "${A", "${x:-${y}}", "${@}"}) {
        CAPTURE(text);
        CHECK(!faulty(text).malformed.empty());
    }
    CHECK(faulty("a ${x%.*} b").malformed == "${x%.*}");
    CHECK(faulty("a ${x b").malformed == "${x b");
}

TEST_CASE("variables: a text that is written so that it stays what it is") {
    for (const auto* text : {"${A}", "$", "$$", "$${A}", "$$$${", "a${", "$A $${x} ${y}", "{", ""}) {
        CAPTURE(text);
        CHECK(filled(unexpanded(text)) == text);
    }
}

TEST_CASE("variables: in a command the worker's own come before talosd's, and a value stays one word") {
    const auto files = with({{"PORT", "8080"}, {"BOTH", "talosd"}, {"TWO", "a b"}});
    const auto web = worker(files, R"("command": "run ${PORT} x${TWO} ${FILE} ${BOTH} ${OWN} ${TALOS_WORKER} '${NONE:-}' $PORT",
        "envFile": "a.env", "env": {"OWN": "o", "BOTH": "env"})");
    CHECK(web.command == Words{"run", "8080", "xa b", "f", "env", "o", "web", "", "$PORT"});
    CHECK(worker(files, R"("command": ["sh", "-c", "echo $HOME $$ $${PORT} ${PORT}"])").command ==
          Words{"sh", "-c", "echo $HOME $$ ${PORT} 8080"});
}

TEST_CASE("variables: in env they are those of the env files and of talosd, never of env itself") {
    const auto files = with({{"PATH", "/bin"}, {"B", "talosd"}});
    const auto web = worker(
        files,
        R"("command": "x", "envFile": "a.env", "env": {"PATH": "/opt:${PATH}", "A": "${B}", "B": "${FILE}", "C": "${RAW}"})");
    CHECK(
        web.env ==
        Variables{
            {"FILE", "f"}, {"BOTH", "file"}, {"RAW", "${A}"}, {"PATH", "/opt:/bin"}, {"A", "talosd"}, {"B", "f"}, {"C", "${A}"}});
}

TEST_CASE("variables: in paths") {
    const auto files = with({{"DIR", "run/x"}, {"STAGE", "dev"}});
    const auto web = worker(
        files,
        R"("command": "x", "cwd": "${DIR}/..", "envFile": ["${STAGE}.env", {"path": "${NONE:-none}.env", "required": false}],
        "log": {"file": "${DIR}.log"})");
    CHECK(web.cwd == "/srv/app/run");
    CHECK(web.env == Variables{{"STAGE", "dev"}});
    CHECK(web.log.front().file == "${DIR}.log");
}

TEST_CASE("variables: those that are missing or misspelled are errors at their place") {
    const auto files = with({{"E", ""}, {"HOME", "/root"}});
    CHECK(error_of(files, R"("command": ["x", "${X}"])") ==
          "talos.json:2:18: /workers/web/command/1: the variable \"X\" is not set, and has no default as in ${X:-default}; "
          "where a shell is to see it, write $${X}");
    CHECK(error_of(files, R"("command": "sh -c 'echo ${x%.c}'")") ==
          "talos.json:2:12: /workers/web/command: expected ${NAME} or ${NAME:-default}, found \"${x%.c}\"; where a shell is to "
          "see it, write $${");
    CHECK(error_of(files, R"("command": "x", "env": {"A": "${OWN}", "OWN": "1"})")
              .starts_with("talos.json:2:30: /workers/web/env/A: the variable \"OWN\""));
    CHECK(error_of(files, R"("command": "${E} x")")
              .ends_with("/workers/web/command: the program is empty once its variables are filled in"));
    CHECK(error_of(files, R"("command": "x", "cwd": "${E}")")
              .ends_with("/workers/web/cwd: the path is empty once its variables are filled in"));
    CHECK(error_of(files, R"("command": "x", "envFile": ["${E}"])")
              .ends_with("/workers/web/envFile/0: the path is empty once its variables are filled in"));
    CHECK(error_of(files, R"("command": "x", "user": "www-data", "cwd": "${HOME}")")
              .ends_with(
                  "/workers/web/cwd: the variable \"HOME\" is the one of \"user\", which is known only when the worker starts; "
                  "where a shell is to see it, write $${HOME}"));
    CHECK(worker(files, R"("command": "x", "user": "www-data", "env": {"HOME": "/w"}, "cwd": "${HOME}")").cwd == "/w");
    CHECK(worker(files, R"("command": "x", "cwd": "${HOME}")").cwd == "/root");
}

TEST_CASE("variables: in defaults and templates they are each worker's") {
    const auto files = with({});
    const auto parsed =
        files.parse(R"({"defaults": {"cwd": "/run/${TALOS_WORKER}"}, "templates": {"t": {"command": ["x", "${PORT}"]}},
        "workers": {"a": {"extends": "t", "env": {"PORT": "1"}}, "b": {"extends": "t", "env": {"PORT": "2"}}}})");
    REQUIRE(parsed.errors.empty());
    CHECK(parsed.config.workers[0].command == Words{"x", "1"});
    CHECK(parsed.config.workers[1].command == Words{"x", "2"});
    CHECK(parsed.config.workers[1].cwd == "/run/b");
    CHECK(files.errors(R"({"templates": {"t": {"cwd": "${X}", "envFile": "${X}"}}})").empty());
    CHECK(files.errors(R"({"templates": {"t": {"cwd": "${X"}}})").size() == 1);
}

TEST_CASE("variables: what is shown has none left, and parses to the same config") {
    const auto files = with({{"A", "${B} $$ $${"}});
    const auto parsed = files.parse(R"({"workers": {"web": {"command": ["x", "${A}"], "cwd": "$${A}", "env": {"E": "${A}"}}}})");
    REQUIRE(parsed.errors.empty());
    CHECK(parsed.config.workers.front().command.back() == "${B} $$ $${");
    const auto again = files.parse(show(parsed.config, Values::shown));
    CHECK(again.errors.empty());
    CHECK(again.config == parsed.config);
}
