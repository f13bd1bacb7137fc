// What workers take over from `defaults` and `templates`.
#include "config/use/diff.hpp"
#include "config/use/show.hpp"
#include "parsing.hpp"

using namespace talos;
using namespace talos::config;
using namespace std::chrono_literals;

namespace {

/// The worker `web` with these members, of a config that begins with these others.
WorkerSpec web(const std::string& top, const std::string& members) {
    auto config = config_of("{" + top + R"(, "workers": {"other": {"command": "y"}, "web": {)" + members + "}}}");
    REQUIRE(config.workers.size() == 2);
    return config.workers.back();
}

using Variables = std::vector<std::pair<std::string, std::string>>;

}   // namespace

TEST_CASE("defaults: what a worker does not say itself is taken from there") {
    const auto top =
        std::string(R"("defaults": {"startTime": "7s", "autostart": false, "cwd": "run", "user": "www-data", "log": "none"})");
    const auto plain = web(top, R"("command": "x")");
    CHECK(plain.start_time == 7s);
    CHECK(!plain.autostart);
    CHECK(plain.cwd == "/srv/app/run");
    CHECK(plain.process.get()->user == "www-data");
    CHECK(plain.log.empty());
    const auto own = web(top, R"("command": "x", "startTime": "1s", "cwd": "/", "user": "root", "log": {"keep": 1})");
    CHECK(own.start_time == 1s);
    CHECK(!own.autostart);
    CHECK(own.cwd == "/");
    CHECK(own.process.get()->user == "root");
    CHECK(own.log.front().keep == 1);
}

TEST_CASE("defaults: objects are laid over each other key by key") {
    const auto top = std::string(R"("defaults": {"env": {"A": "1", "B": "2"}, "restart": {"policy": "always", "delay": "3s"},
        "rlimits": {"nofile": {"hard": 9}, "core": 0}, "log": {"format": "json", "keep": 2}, "stop": {"steps": []}})");
    const auto spec =
        web(top, R"("command": "x", "env": {"B": "3", "C": "4"}, "restart": {"limit": 5}, "rlimits": {"nofile": {"soft": 7}},
        "log": {"keep": 3}, "stop": {})");
    CHECK(spec.env == Variables{{"A", "1"}, {"B", "3"}, {"C", "4"}});
    CHECK(spec.restart.policy == RestartSpec::Policy::always);
    CHECK(spec.restart.delay == 3s);
    CHECK(spec.restart.limit == 5);
    REQUIRE(spec.process.get()->rlimits.size() == 2);
    CHECK(spec.process.get()->rlimits.front().soft == 7);
    CHECK(!spec.process.get()->rlimits.front().hard);
    CHECK(spec.log.front().format == LogSpec::Format::json);
    CHECK(spec.log.front().keep == 3);
    CHECK(spec.stop.empty());
}

TEST_CASE("defaults: everything else is replaced as a whole") {
    const auto top = std::string(
        R"("defaults": {"groups": ["adm"], "stop": {"steps": [{"wait": "1s"}, {"wait": "2s"}]}, "log": {"keep": 2}})");
    const auto spec =
        web(top, R"("command": "x", "groups": ["games"], "stop": {"steps": [{"wait": "9s"}]}, "log": [{}, {"inherit": "bare"}])");
    CHECK(*spec.process.get()->groups == std::vector<std::string>{"games"});
    CHECK(spec.stop == std::vector<StopStep>{{SIGTERM, 9s}});
    REQUIRE(spec.log.size() == 2);
    CHECK(spec.log.front().keep == 5);
    CHECK(web(top, R"("command": "x", "log": {"inherit": "bare"})").log.front().target == LogSpec::Target::inherit);
    CHECK(web(R"("defaults": {"log": {"inherit": "bare"}})", R"("command": "x", "log": {"keep": 1})").log.front().keep == 1);
}

TEST_CASE("defaults: a restart in one word is its policy") {
    const auto word_over =
        web(R"("defaults": {"restart": {"limit": 4, "policy": "never"}})", R"("command": "x", "restart": "always")").restart;
    CHECK(word_over.policy == RestartSpec::Policy::always);
    CHECK(word_over.limit == 4);
    const auto object_over = web(R"("defaults": {"restart": "never"})", R"("command": "x", "restart": {"limit": 4})").restart;
    CHECK(object_over.policy == RestartSpec::Policy::never);
    CHECK(object_over.limit == 4);
}

TEST_CASE("defaults: what is wrong in them is told once, at its place, however many workers there are") {
    CHECK(
        error_of(
            R"({"defaults": {"startTime": 3}, "workers": {"a": {"command": "x"}, "b": {"command": "x"}, "c": {"command": "x"}}})") ==
        "talos.json:1:28: /defaults/startTime: expected a duration like \"250ms\" or \"1m30s\", found 3; write \"3s\" for "
        "seconds");
    CHECK(error_of(R"({"defaults": {"restrat": "always"}, "workers": {"a": {"command": "x"}}})") ==
          "talos.json:1:15: /defaults/restrat: unknown key; did you mean \"restart\"?");
    CHECK(error_of(R"({"defaults": {"nice": 99}})").starts_with("talos.json:1:23: /defaults/nice: "));
    CHECK(error_of(R"({"defaults": {"nice": 99}, "workers": {"a": {"command": "x", "nice": 1}}})")
              .starts_with("talos.json:1:23: "));
    CHECK(error_of(R"({"defaults": [], "workers": {"a": {"command": "x"}}})") ==
          "talos.json:1:14: /defaults: expected an object, found an array");
}

TEST_CASE("defaults: neither a command nor templates") {
    CHECK(error_of(R"({"defaults": {"command": "x"}, "workers": {"a": {"command": "x"}}})") ==
          "talos.json:1:15: /defaults/command: \"command\" has no default: each worker has its own");
    CHECK(error_of(R"({"defaults": {"extends": "x"}})") ==
          "talos.json:1:15: /defaults/extends: \"extends\" is allowed only in workers and templates");
}

TEST_CASE("defaults: a log file that is everyone's is told with the two that would share it") {
    CHECK(error_of(R"({"defaults": {"log": {"file": "all.log"}}, "workers": {"a": {"command": "x"}, "b": {"command": "x"}}})") ==
          "talos.json:1:31: /defaults/log/file: \"b\" has the same log file as \"a\"");
}

TEST_CASE("defaults: a change in them is a change of the workers that it concerns") {
    const auto with = [](const std::string& value) {
        return config_of(R"({"defaults": {"startTime": ")" + value +
                         R"("}, "workers": {"a": {"command": "x"}, "b": {"command": "x", "startTime": "1s"}}})");
    };
    const auto plan = diff(with("2s"), with("3s"));
    REQUIRE(plan.workers.size() == 1);
    CHECK(plan.workers.front().name == "a");
    CHECK(plan.workers.front().keys == std::vector<KeyChange>{{"startTime", Effect::live}});
    CHECK(plan.unchanged == 1);
}

TEST_CASE("templates: a worker that extends one has what it says, under its own keys and over the defaults") {
    const auto top = std::string(R"("defaults": {"startTime": "1m", "nice": 1, "env": {"A": "defaults", "D": "defaults"}},
        "templates": {"python": {"command": ["python3", "-u"], "nice": 2, "env": {"A": "python", "P": "python"}},
                      "slow": {"startTime": "5m", "env": {"P": "slow"}}})");
    const auto one = web(top, R"("extends": "python", "env": {"W": "web"})");
    CHECK(one.command == std::vector<std::string>{"python3", "-u"});
    CHECK(one.process.get()->nice == 2);
    CHECK(one.start_time == 1min);
    CHECK(one.env == Variables{{"A", "python"}, {"D", "defaults"}, {"P", "python"}, {"W", "web"}});
    const auto two = web(top, R"("extends": ["python", "slow"], "nice": 3)");
    CHECK(two.env == Variables{{"A", "python"}, {"D", "defaults"}, {"P", "slow"}});
    CHECK(two.start_time == 5min);
    CHECK(two.process.get()->nice == 3);
    CHECK(web(top, R"("extends": ["slow", "python"])").env == Variables{{"A", "python"}, {"D", "defaults"}, {"P", "python"}});
    CHECK(web(top, R"("extends": [], "command": "z")").command == std::vector<std::string>{"z"});
}

TEST_CASE("templates: they extend each other, in any order in the file") {
    const auto spec =
        web(R"("templates": {"c": {"extends": ["b", "d"], "startTime": "3s"}, "b": {"extends": "a", "startTime": "2s", "nice": 2},
        "a": {"command": "a", "startTime": "1s", "nice": 1, "umask": "0001"}, "d": {"nice": 4}})",
            R"("extends": "c")");
    CHECK(spec.command == std::vector<std::string>{"a"});
    CHECK(spec.start_time == 3s);
    CHECK(spec.process.get()->nice == 4);
    CHECK(spec.process.get()->umask == 1);
}

TEST_CASE("templates: a cycle is reported once, as a chain on one line") {
    CHECK(
        error_of(
            R"({"templates": {"a": {"extends": "b"}, "b": {"extends": ["a"]}}, "workers": {"w": {"extends": "b", "command": "x"}}})") ==
        "talos.json:1:57: /templates/b/extends/0: templates extend each other in a cycle: a → b → a");
    CHECK(error_of(R"({"templates": {"a": {"extends": "a"}}})").ends_with("in a cycle: a → a"));
    CHECK(
        error_of(R"({"templates": {"x": {"extends": "a"}, "a": {"extends": "b"}, "b": {"extends": "c"}, "c": {"extends": "a"}}})")
            .ends_with("in a cycle: a → b → c → a"));
}

TEST_CASE("templates: names that are not there, or there twice") {
    CHECK(error_of(R"({"templates": {"python": {}}, "workers": {"w": {"command": "x", "extends": "pyhton"}}})") ==
          "talos.json:1:76: /workers/w/extends: there is no template \"pyhton\"; did you mean \"python\"?");
    CHECK(error_of(R"({"workers": {"w": {"command": "x", "extends": ["web"]}}})")
              .ends_with("/workers/w/extends/0: there is no template \"web\""));
    CHECK(error_of(R"({"templates": {"a": {}}, "workers": {"w": {"command": "x", "extends": ["a", "a"]}}})")
              .ends_with("/workers/w/extends/1: the template \"a\" is named here already"));
    CHECK(error_of(R"({"workers": {"w": {"command": "x", "extends": 3}}})")
              .ends_with("expected the name of a template or an array of names, found 3"));
    CHECK(error_of(R"({"workers": {"w": {"command": "x", "extends": [3]}}})")
              .ends_with("expected the name of a template, found 3; write \"3\""));
    CHECK(error_of(R"({"templates": {"a b": {}}})").find("expected a template's name") != std::string::npos);
    CHECK(error_of(R"({"templates": {"a": {},
"a": {}}})") == "talos.json:2:1: /templates/a: duplicate key \"a\"");
}

TEST_CASE("templates: what is wrong in one is told once, at its place, used or not") {
    CHECK(error_of(R"({"templates": {"t": {"nice": 99}}})").starts_with("talos.json:1:30: /templates/t/nice: "));
    CHECK(
        error_of(
            R"({"templates": {"t": {"nice": 99}}, "workers": {"a": {"command": "x", "extends": "t"}, "b": {"command": "x", "extends": "t"}}})")
            .starts_with("talos.json:1:30: /templates/t/nice: "));
    CHECK(error_of(R"({"templates": {"t": 3}})").ends_with("/templates/t: expected an object, found 3"));
    CHECK(error_of(R"({"templates": {"t": {}}, "workers": {"a": {"extends": "t"}}})") ==
          "talos.json:1:43: /workers/a: the key \"command\" is missing: the program to run");
    CHECK(error_of(R"({"templates": {"t": {"rlimits": {"nofile": 7}}}, "workers": {"a": {"extend": "t", "command": "x"}}})")
              .ends_with("/workers/a/extend: unknown key; did you mean \"extends\"?"));
}

TEST_CASE("templates: thousands in a row are refused, not followed") {
    for (const bool forward : {true, false}) {
        std::string text = R"({"templates": {"t0": {})";
        const auto one = [&](int i) {
            text += ", \"t" + std::to_string(i) + R"(": {"extends": "t)" + std::to_string(i - 1) + "\"}";
        };
        if (forward)
            for (int i = 1; i < 20'000; ++i) one(i);
        else
            for (int i = 20'000; --i > 0;) one(i);
        const auto errors = errors_of(text + "}}");
        REQUIRE(!errors.empty());
        CHECK(errors.front().ends_with("templates extend each other more than 32 deep"));
    }
    std::string text = R"({"templates": {"t0": {"command": "x"})";
    for (int i = 1; i < 32; ++i) text += ", \"t" + std::to_string(i) + R"(": {"extends": "t)" + std::to_string(i - 1) + "\"}";
    CHECK(errors_of(text + R"(}, "workers": {"w": {"extends": "t31"}}})").empty());
}

TEST_CASE("taken over: what is shown is the result, and parses to the same config") {
    const auto config = config_of(R"({"defaults": {"nice": 3}, "templates": {"t": {"command": "x", "env": {"A": "1"}}},
        "workers": {"a": {"extends": "t"}, "b": {"extends": "t", "restart": "always"}}})");
    const auto shown = show(config, Values::shown);
    CHECK(shown.find("extends") == std::string::npos);
    CHECK(shown.find("\"nice\": 3") != std::string::npos);
    CHECK(config_of(shown) == config);
}
