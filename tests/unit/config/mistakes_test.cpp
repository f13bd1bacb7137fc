#include "config/reader/shell_syntax.hpp"
#include "files.hpp"
#include "one_worker.hpp"
#include "support/paths.hpp"

#include <boost/json.hpp>
#include <fstream>
#include <iterator>

using namespace talos::config;

// Mistakes that people make who come from other programs.

namespace {

std::string web_error(const std::string& members) { return error_of(web_with(members)); }

bool ends(const std::string& text, const std::string& end) {
    CAPTURE(text, end);
    return text.ends_with(end);
}

}   // namespace

TEST_CASE("mistakes: a worker, or a key of one, at the top belongs under workers") {
    CHECK(ends(error_of(R"({"web": {}})"), R"(/web: unknown key; a worker belongs under "workers": {"workers": {"web": ...}})"));
    CHECK(
        ends(error_of(R"({"command": "x"})"), "/command: unknown key; it is a key of a worker, which belongs under \"workers\""));
    CHECK(ends(error_of(R"({"services": {}})"), "did you mean \"workers\"?"));
    CHECK(ends(error_of(R"({"worker": {}})"), "did you mean \"workers\"?"));
    CHECK(ends(error_of(R"({"web": 7})"), "/web: unknown key"));
}

TEST_CASE("mistakes: every key of a worker is known as one at the top") {
    std::ifstream stream(talos::test::source_dir() + "/config/talos.schema.json");
    const auto schema = boost::json::parse(std::string(std::istreambuf_iterator<char>(stream), {}));
    for (const auto& member : schema.at("$defs").at("worker").at("properties").as_object()) {
        const std::string key(member.key());
        CHECK(ends(error_of("{\"" + key + "\": 1}"), "it is a key of a worker, which belongs under \"workers\""));
    }
}

TEST_CASE("mistakes: words of other programs lead to the key that is meant") {
    const std::vector<std::pair<std::string, std::string>> worker_keys{{"environment", "\"env\""},
                                                                       {"directory", "\"cwd\""},
                                                                       {"type", "\"kind\""},
                                                                       {"autorestart", "\"restart\""},
                                                                       {"retries", "\"limit\" in \"restart\""},
                                                                       {"startsecs", "\"startTime\""},
                                                                       {"stopsignal", "\"stop\""},
                                                                       {"numprocs", "\"instances\""},
                                                                       {"ExecStart", "\"command\""},
                                                                       {"ExecStartPre", "\"preStart\" in \"hooks\""},
                                                                       {"WorkingDirectory", "\"cwd\""},
                                                                       {"LimitNOFILE", "\"nofile\" in \"rlimits\""},
                                                                       {"env_file", "\"envFile\""},
                                                                       {"depends_on", "\"dependsOn\""},
                                                                       {"healthcheck", "\"health\""},
                                                                       {"script", "\"command\""},
                                                                       {"max_restarts", "\"limit\" in \"restart\""}};
    for (const auto& [word, meant] : worker_keys)
        CHECK(ends(web_error("\"" + word + "\": 1"), "unknown key; did you mean " + meant + "?"));
    CHECK(ends(web_error(R"("restart": {"retries": 3})"), "/restart/retries: unknown key; did you mean \"limit\"?"));
    CHECK(ends(web_error(R"("health": {"tcp": "127.0.0.1:1", "retries": 3})"),
               "/health/retries: unknown key; did you mean \"failures\"?"));
    CHECK(
        ends(web_error(R"("stop": {"signal": "SIGINT"})"),
             "/stop/signal: unknown key; it belongs to a step, like {\"steps\": [{\"signal\": \"SIGINT\", \"wait\": \"10s\"}]}"));
    CHECK(ends(web_error(R"("log": {"max_size": "1MiB"})"), "/log/max_size: unknown key; did you mean \"rotateSize\"?"));
}

TEST_CASE("mistakes: what a shell would act on, outside of quotes") {
    CHECK(shell_syntax("echo $HOME > x && ls") == "$HOME");
    CHECK(shell_syntax("a && b") == "&&");
    CHECK(shell_syntax("a | b") == "|");
    CHECK(shell_syntax("a; b") == ";");
    CHECK(shell_syntax("a > b") == ">");
    CHECK(shell_syntax("a 2>&1") == ">&");
    CHECK(shell_syntax("a &") == "&");
    CHECK(shell_syntax("a `b`") == "`");
    CHECK(shell_syntax("a $(b)") == "$(");
    for (const auto* line : {"sh -c 'a && b > $c'", "sh -c \"echo $HOME | x\"", "curl http://h/?a=1&b=2", "awk '{print $1}'",
                             "find . -exec x \\;", "a ${B} $5 $$", "a $${B}", ""}) {
        CAPTURE(line);
        CHECK(shell_syntax(line).empty());
    }
}

TEST_CASE("mistakes: shell syntax in a command is a warning with its place") {
    const auto warnings = [](const std::string& text) {
        std::vector<std::string> lines;
        for (const auto& warning : parse(text, file).warnings) lines.push_back(warning_text(warning, "talos.json"));
        return lines;
    };
    const std::string what = " is passed to the program as it is: there is no shell; write [\"sh\", \"-c\", \"...\"] for one";
    CHECK(warnings(R"({"workers": {"w": {"command": "echo $HOME > x && ls"}}})") ==
          std::vector<std::string>{"talos.json:1:31: /workers/w/command: warning: \"$HOME\"" + what});
    CHECK(warnings(R"({"workers": {"w": {"command": ["a", "&&", "b"]}}})") ==
          std::vector<std::string>{"talos.json:1:37: /workers/w/command/1: warning: \"&&\"" + what});
    CHECK(warnings(R"({"workers": {"w": {"command": ["find", ".", "-exec", "x", ";"]}}})").empty());
}

TEST_CASE("mistakes: ~ is not expanded, and the path that was meant is named") {
    Files files({});
    files.environment["HOME"] = "/home/ann";
    const auto error = [&](const std::string& text) {
        const auto lines = files.errors(text);
        CAPTURE(text, lines);
        REQUIRE(lines.size() == 1);
        return lines.front();
    };
    CHECK(error(R"({"dataDir": "~/data"})") ==
          "talos.json:1:13: /dataDir: ~ is not expanded: write \"/home/ann/data\", or \"./~/data\" for a file of that name");
    CHECK(ends(error(R"({"workers": {"w": {"command": "~/bin/server --x"}}})"),
               "write \"/home/ann/bin/server\", or \"./~/bin/server\" for a file of that name"));
    CHECK(ends(error(R"({"workers": {"w": {"command": ["~/bin/server"]}}})"), "for a file of that name"));
    CHECK(ends(error(R"({"workers": {"w": {"command": "x", "cwd": "~bob/x"}}})"),
               "write the absolute path of the home directory of \"bob\", or \"./~bob/x\" for a file of that name"));
    for (const auto* text :
         {R"({"controlSocket": "~/s"})", R"({"include": "~/x.json"})", R"({"workers": {"w": {"command": "x", "cwd": "~"}}})",
          R"({"workers": {"w": {"command": "x", "envFile": "~/e"}}})",
          R"({"workers": {"w": {"command": "x", "log": {"file": "~/l"}}}})",
          R"({"workers": {"w": {"command": "x", "cwd": "${X:-~/y}"}}})"}) {
        const auto lines = files.errors(text);
        CAPTURE(text, lines);
        CHECK((!lines.empty() && lines.front().find("~ is not expanded") != std::string::npos));
    }
    CHECK(files.errors(R"({"dataDir": "./~x", "workers": {"w": {"command": ["./~x", "~/y"], "cwd": "a/~"}}})").empty());
}

TEST_CASE("mistakes: a text that is not UTF-8 is named as what it is") {
    using namespace std::string_literals;
    CHECK(error_of("\xff\xfe{\0}\0"s) == "talos.json:1:1: the file is UTF-16 (little-endian): save it as UTF-8");
    CHECK(error_of("\xfe\xff\0{\0}"s) == "talos.json:1:1: the file is UTF-16 (big-endian): save it as UTF-8");
    CHECK(error_of("{\0}\0"s) ==
          "talos.json:1:1: the file is UTF-16 (little-endian), without a byte order mark: save it as UTF-8");
    CHECK(error_of("\xff\xfe\0\0{\0\0\0"s) == "talos.json:1:1: the file is UTF-32: save it as UTF-8");
    const Files files({{"/srv/app/e", "\xff\xfe"
                                      "A\0=\0"s}});
    CHECK(files.errors(R"({"workers": {"w": {"command": "x", "envFile": "e"}}})") ==
          std::vector<std::string>{"e:1:1: the file is UTF-16 (little-endian): save it as UTF-8"});
}

TEST_CASE("mistakes: a probe by https says that TLS is missing") {
    CHECK(web_error(R"("ready": {"http": "https://127.0.0.1/"})").find("TLS is not supported") != std::string::npos);
}

TEST_CASE("mistakes: what other programs write as a word, a number or a list is shown in the form that is meant") {
    CHECK(ends(web_error(R"("dependsOn": ["db"])"),
               "expected an object, found an array; like {\"db\": \"ready\"}: a worker, and what to wait for"));
    CHECK(ends(web_error(R"("stop": "SIGINT")"),
               "found \"SIGINT\"; like {\"steps\": [{\"signal\": \"SIGINT\", \"wait\": \"10s\"}]}"));
    CHECK(ends(web_error(R"("stop": {"signal": "SIGINT"})"),
               "unknown key; it belongs to a step, like {\"steps\": [{\"signal\": \"SIGINT\", \"wait\": \"10s\"}]}"));
    CHECK(ends(web_error(R"("log": "/var/log/web.log")"), "found \"/var/log/web.log\"; write {\"file\": \"/var/log/web.log\"}"));
    CHECK(ends(web_error(R"("startTime": 5)"),
               "expected a duration like \"250ms\" or \"1m30s\", found 5; write \"5s\" for seconds"));
    CHECK(ends(web_error(R"("ready": {"tcp": 8080})"), "expected an address with a port, found 8080; write \"127.0.0.1:8080\""));
}
