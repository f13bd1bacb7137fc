#include "one_worker.hpp"

#include <algorithm>

using namespace talos;
using namespace talos::config;
using namespace std::chrono_literals;

TEST_CASE("config: what is left out has the documented default") {
    const auto web = worker_of(R"({"workers": {"web": {"command": ["./server"]}}})");
    WorkerSpec expected;
    expected.name = "web";
    expected.command = {"./server"};
    expected.cwd = "/srv/app";
    CHECK(web == expected);
    CHECK(web.restart.policy == RestartSpec::Policy::on_failure);
    CHECK(web.stop == std::vector<StopStep>{{SIGTERM, 30s}});
    REQUIRE(web.log.size() == 1);
    CHECK(web.log.front().rotate_size == 10 * 1024 * 1024);
}

TEST_CASE("config: every key is taken") {
    const auto web = worker_of(R"({
        "workers": { "web": {
            "command": ["./server", "--port", "8080", ""], "cwd": "run/../live", "env": {"B": "2", "A": "1=1"},
            "autostart": false, "startTime": "2s", "onSupervisorDeath": "kill",
            "restart": {"policy": "always", "delay": "1s", "maxDelay": "500ms", "factor": 1.5, "jitter": 0, "resetAfter": "1m",
                        "limit": 3, "window": "1h"},
            "stop": {"steps": [{"signal": "SIGINT", "wait": "5s"}, {"wait": "1s"}]},
            "streams": "separate",
            "log": {"file": "/var/log/web.log", "format": "json", "rotateSize": "1MiB", "rotateEvery": "6h", "keep": 0, "compress": "zstd",
                    "maxLine": "1MiB", "onFull": "block"}
        } } })");
    CHECK(web.command == std::vector<std::string>{"./server", "--port", "8080", ""});
    CHECK(web.cwd == "/srv/app/live");
    CHECK(web.env == std::vector<std::pair<std::string, std::string>>{{"B", "2"}, {"A", "1=1"}});
    CHECK(!web.autostart);
    CHECK(web.start_time == 2s);
    CHECK(web.on_supervisor_death == SupervisorDeath::kill);
    CHECK(web.restart.policy == RestartSpec::Policy::always);
    CHECK(web.restart.delay == 1s);
    CHECK(web.restart.max_delay == 500ms);
    CHECK(web.restart.factor == 1.5);
    CHECK(web.restart.jitter == 0);
    CHECK(web.restart.reset_after == 1min);
    CHECK(web.restart.limit == 3);
    CHECK(web.restart.window == 1h);
    CHECK(web.stop == std::vector<StopStep>{{SIGINT, 5s}, {SIGTERM, 1s}});
    CHECK(web.streams == Streams::separate);
    REQUIRE(web.log.size() == 1);
    const auto& log = web.log.front();
    CHECK(log.file == "/var/log/web.log");
    CHECK(log.format == LogSpec::Format::json);
    CHECK(log.rotate_size == 1024 * 1024);
    CHECK(log.rotate_every == 6h);
    CHECK(!log.daily);
    CHECK(log.keep == 0);
    CHECK(log.compress == LogSpec::Compress::zstd);
    CHECK(log.max_line == 1024 * 1024);
    CHECK(log.on_full == LogSpec::OnFull::block);
}

TEST_CASE("config: short forms") {
    CHECK(worker_of(web_with(R"("restart": "never")")).restart.policy == RestartSpec::Policy::never);
    CHECK(worker_of(web_with(R"("log": "none")")).log.empty());
    CHECK(worker_of(web_with(R"("log": "inherit")")).log.front().target == LogSpec::Target::inherit);
    CHECK(worker_of(web_with(R"("stop": {"steps": []})")).stop.empty());
    const auto split = worker_of(R"({"workers": {"web": {"command": "sh -c 'echo  hi' \"$x\""}}})");
    CHECK(split.command == std::vector<std::string>{"sh", "-c", "echo  hi", "$x"});
}

TEST_CASE("config: several destinations, of which one at most is talosd's own output") {
    const auto logs =
        worker_of(web_with(R"("log": [{"format": "json"}, {"inherit": "bare"}, {"file": "a.log", "rotateEvery": "daily"}])")).log;
    REQUIRE(logs.size() == 3);
    CHECK(logs[0].file.empty());
    CHECK(logs[1].target == LogSpec::Target::inherit);
    CHECK(logs[1].inherit == LogSpec::Inherit::bare);
    CHECK(logs[2].daily);
    CHECK(worker_of(web_with(R"("log": {"inherit": "prefixed"})")).log == worker_of(web_with(R"("log": "inherit")")).log);
    CHECK(error_of(web_with(R"("log": [])"))
              .ends_with("expected at least one destination, found an empty array; to keep nothing, write \"none\""));
    CHECK(error_of(web_with(R"("log": [{"inherit": "bare"}, {"inherit": "prefixed"}])"))
              .ends_with("/workers/web/log/1: the output of talosd is already among the destinations"));
    CHECK(error_of(web_with(R"("log": [{}, {"file": "logs/web.log"}])")).ends_with("this worker already writes to that file"));
    CHECK(error_of(web_with(R"("log": [{"inherit": "bare", "keep": 3}])")).find("/workers/web/log/0/keep: unknown key") !=
          std::string::npos);
}

TEST_CASE("config: workers keep the file's order, and none at all is valid") {
    const auto parsed = parse(R"({"workers": {"z": {"command": "x"}, "a": {"command": "x"}, "m": {"command": "x"}}})", file);
    REQUIRE(parsed.errors.empty());
    REQUIRE(parsed.config.workers.size() == 3);
    CHECK(parsed.config.workers[0].name == "z");
    CHECK(parsed.config.workers[2].name == "m");
    CHECK(parsed.config.path == file);
    for (const auto* text : {"{}", R"({"workers": {}})", R"({"$schema": "x"})"}) {
        CHECK(parse(text, file).errors.empty());
        CHECK(parse(text, file).config.workers.empty());
    }
}

TEST_CASE("config: the data directory is relative to the file") {
    CHECK(parse(R"({"dataDir": ".talos"})", file).config.data_dir == "/srv/app/.talos");
    CHECK(parse(R"({"dataDir": "../data/"})", file).config.data_dir == "/srv/data");
    CHECK(parse(R"({"dataDir": "/var/lib/x"})", file).config.data_dir == "/var/lib/x");
    CHECK(parse("{}", file).config.data_dir.empty());
}

TEST_CASE("config: the control socket is relative to the file") {
    CHECK(parse(R"({"controlSocket": "run/control.sock"})", file).config.control_socket == "/srv/app/run/control.sock");
    CHECK(parse(R"({"controlSocket": "/run/talos.sock"})", file).config.control_socket == "/run/talos.sock");
    CHECK(parse("{}", file).config.control_socket.empty());
    CHECK(error_of(R"({"controlSocket": "run/"})")
              .ends_with("expected the path of a file, found \"run/\"; this is the path of a directory"));
    CHECK(error_of(R"({"dataDir": "d", "controlSocket": "d/x/../status.json"})") ==
          "talos.json:1:35: /controlSocket: the file \"/srv/app/d/status.json\" is talosd's own");
    CHECK(errors_of(R"({"dataDir": "d", "controlSocket": "d/control.sock"})").empty());
    CHECK(error_of(R"({"controlSocket": "/l/x", "workers": {"a": {"command": "x", "log": {"file": "/l//x"}}}})")
              .ends_with("is talosd's own"));
}

TEST_CASE("config: rules of access") {
    using May = AccessRule::May;
    const auto parsed = parse(R"({"controlSocket": "/run/talos.sock", "access": [
        {"user": "alice"}, {"group": "100", "may": "control", "workers": "web*"}]})",
                              file);
    REQUIRE(parsed.errors.empty());
    CHECK(parsed.config.access == std::vector<AccessRule>{{"alice", "", May::read, "*"}, {"", "100", May::control, "web*"}});
}

TEST_CASE("config: what is wrong with a rule of access is told at its place") {
    const auto rule_error = [](const std::string& rule) {
        return error_of("{\"controlSocket\": \"/s\",\n\"access\": [" + rule + "]}");
    };
    CHECK(rule_error(R"({"may": "read"})") ==
          "talos.json:2:12: /access/0: the key \"user\" or \"group\" is missing: whom it is about");
    CHECK(rule_error(R"({"user": "a", "group": "b"})") ==
          "talos.json:2:12: /access/0: expected either \"user\" or \"group\", found both");
    CHECK(rule_error(R"({"user": 1000})") ==
          "talos.json:2:21: /access/0/user: expected the name or number of a user, as a string, found 1000; write \"1000\"");
    CHECK(rule_error(R"({"user": "a", "may": "write"})")
              .ends_with("/access/0/may: expected \"read\" or \"control\", found \"write\""));
    CHECK(rule_error(R"({"user": "a", "worker": "b"})").ends_with("/access/0/worker: unknown key; did you mean \"workers\"?"));
    CHECK(rule_error(R"({"user": "a", "workers": ""})")
              .ends_with("expected a worker's name or a pattern like \"web*\", found an empty string"));
}

TEST_CASE("config: access needs a control socket that others can reach") {
    const std::string sentence = "/access: needs \"controlSocket\", a path outside the data directory (that is closed to others)";
    const std::string access = R"("access": [{"user": "alice"}])";
    CHECK(error_of("{" + access + "}") == "talos.json:1:12: " + sentence);
    CHECK(error_of(R"({"dataDir": "d", "controlSocket": "d/run/c.sock", )" + access + "}").ends_with(sentence));
    CHECK(errors_of(R"({"dataDir": "d", "controlSocket": "data.sock", )" + access + "}").empty());
    CHECK(errors_of(R"({"access": []})").empty());
    CHECK(error_of(R"({"controlSocket": "", )" + access + "}").find("/controlSocket") != std::string::npos);
    const auto elsewhere = parse(R"({"controlSocket": "/run/t/c.sock", )" + access + "}", file).config;
    CHECK(!access_complaint(elsewhere, "/srv/app/.talos"));
    CHECK(access_complaint(elsewhere, "/run/t"));   // named by a flag
}

TEST_CASE("config: an unknown key is named with its place and the key that was probably meant") {
    CHECK(error_of("{\n  \"workers\": {\n    \"web\": {\n      \"comand\": [\"x\"], \"command\": \"x\" } } }") ==
          "talos.json:4:7: /workers/web/comand: unknown key; did you mean \"command\"?");
    CHECK(error_of(web_with(R"("scenery": "/")")) == "talos.json:1:40: /workers/web/scenery: unknown key");
}

TEST_CASE("config: all errors are told in one go, in the text's order") {
    const auto lines = errors_of(R"({
  "dataDir": 3,
  "workers": {
    "../x": { "command": [] },
    "web": { "startTime": 3, "stop": { "steps": [ { "signal": "SIGFOO" } ] } },
  },
  "wrokers": {},
})");
    REQUIRE(lines.size() == 7);
    CHECK(lines[0] == "talos.json:2:14: /dataDir: expected a path, found 3");
    CHECK(lines[1].starts_with("talos.json:4:5: /workers/..~1x: expected a worker's name"));
    CHECK(lines[2] == "talos.json:4:26: /workers/..~1x/command: expected at least the program, found an empty array");
    CHECK(lines[3] == "talos.json:5:12: /workers/web: the key \"command\" is missing: the program to run");
    CHECK(lines[4] == "talos.json:5:27: /workers/web/startTime: expected a duration like \"250ms\" or \"1m30s\", found 3; write "
                      "\"3s\" for seconds");
    CHECK(lines[5] ==
          "talos.json:5:63: /workers/web/stop/steps/0/signal: expected the name of a signal like \"SIGTERM\", found \"SIGFOO\"");
    CHECK(lines[6] == "talos.json:7:3: /wrokers: unknown key; did you mean \"workers\"?");
}

TEST_CASE("config: past a hundred errors the last line says how many more there are") {
    std::string text = "{";
    for (int i = 0; i < 150; ++i) text += "\"key" + std::to_string(i) + "\": 1,\n";
    const auto lines = errors_of(text + "}");
    REQUIRE(lines.size() == 101);
    CHECK(lines[99].starts_with("talos.json:100:1: /key99"));
    CHECK(lines[100] == "talos.json:101:1: 50 more errors from here on");
}

TEST_CASE("config: repeated keys are errors wherever they stand") {
    CHECK(error_of("{\"workers\": {\"web\": {\"command\": \"x\"},\n\"web\": {\"command\": \"y\"}}}") ==
          "talos.json:2:1: /workers/web: duplicate key \"web\"");
    CHECK(error_of(web_with(R"("env": {"A": "1", "\u0041": "2"})")) ==
          "talos.json:1:58: /workers/web/env/A: duplicate key \"A\"");
    CHECK(error_of(R"({"dataDir": "a", "dataDir": "b"})") == "talos.json:1:18: /dataDir: duplicate key \"dataDir\"");
}

TEST_CASE("config: a number in env is told to be quoted") {
    CHECK(error_of(web_with(R"("env": {"PORT": 8080})")) ==
          "talos.json:1:56: /workers/web/env/PORT: expected a string, found 8080; write \"8080\"");
}

TEST_CASE("config: limits and processors that contradict themselves are refused") {
    CHECK(error_of(web_with(R"("rlimits": {"nofile": {"soft": 2048, "hard": 1024}})")) ==
          "talos.json:1:62: /workers/web/rlimits/nofile: expected a soft limit that is not above the hard one, found an object");
    CHECK(error_of(web_with(R"("rlimits": {"nofiles": 1})"))
              .ends_with("/workers/web/rlimits/nofiles: unknown key; did you mean \"nofile\"?"));
    CHECK(error_of(web_with(R"("rlimits": {"nofile": "1KiB"})"))
              .ends_with("expected a whole number that is not negative, or \"unlimited\", found \"1KiB\""));
    CHECK(error_of(web_with(R"("cpuAffinity": "3-1")"))
              .ends_with("expected a list of processors like \"0-3,8\", each at most 8191, found \"3-1\""));
    CHECK(error_of(web_with(R"("cpuAffinity": "8192")")).find("each at most 8191") != std::string::npos);
    CHECK(error_of(web_with(R"("umask": "27")")).ends_with("expected a mask of four octal digits like \"0027\", found \"27\""));
    CHECK(error_of(web_with(R"("nice": -21)")).ends_with("expected a whole number from -20 to 19, found -21"));
    CHECK(error_of(web_with(R"("user": 1000)"))
              .ends_with("expected the name or number of a user, as a string, found 1000; write \"1000\""));
}

TEST_CASE("config: commands that could never run are refused") {
    const auto command_error = [](const std::string& command) {
        return error_of(R"({"workers": {"web": {"command": )" + command + "}}}");
    };
    CHECK(command_error("[]").ends_with("expected at least the program, found an empty array"));
    CHECK(command_error(R"(["", "x"])").ends_with("expected the program, found an empty string"));
    CHECK(command_error(R"("  ")").ends_with("expected a command, found \"  \""));
    CHECK(command_error(R"("sh -c 'oops")").ends_with("a quote in it is not finished"));
    CHECK(command_error(R"("'' x")").ends_with("its first word, the program, is empty"));
    CHECK(command_error(R"(["x", null])").ends_with("expected a string, found null"));
    CHECK(command_error("{}").ends_with("found an object"));
}

TEST_CASE("config: two workers never write to the same log file") {
    const auto two = [](const std::string& first, const std::string& second) {
        return R"({"workers": {"a": {"command": "x", "log": )" + first + R"(}, "b": {"command": "x", "log": )" + second + "}}}";
    };
    CHECK(error_of(two(R"({"file": "x.log"})", R"({"file": "./y/../x.log"})")).ends_with("\"b\" has the same log file as \"a\""));
    CHECK(error_of(two(R"({"file": "logs/b.log"})", "{}")).ends_with("/workers/b/log: \"b\" has the same log file as \"a\""));
    CHECK(error_of(two(R"({"file": "/l/x"})", R"({"file": "/l//x"})")).find("/workers/b/log/file") != std::string::npos);
    CHECK(errors_of(two(R"({"file": "../x"})", R"({"file": "x"})")).empty());
    CHECK(errors_of(two("\"none\"", "\"none\"")).empty());
    const std::string with_data_dir = R"({"dataDir": "/d", "workers": {"a": {"command": "x", "log": {"file": "/d/l"}}, )"
                                      R"("b": {"command": "x", "log": {"file": "l"}}}})";
    CHECK(error_of(with_data_dir).ends_with("\"b\" has the same log file as \"a\""));
}

TEST_CASE("config: talosd's own files are no log files") {
    for (const auto* own :
         {"status.json", "./daemon.pid", "logs/../daemon.log", "events.jsonl", "overrides.json", "control.sock"}) {
        CHECK(error_of(web_with(std::string(R"("log": {"file": ")") + own + "\"}")).ends_with("is talosd's own"));
    }
}

TEST_CASE("config: a log that has the name of an older file of another log is an error, whichever stands first") {
    const auto two = [](const std::string& one, const std::string& other) {
        return R"({"workers": {"a": {"command": "x", "log": )" + one + R"(}, "b": {"command": "x", "log": )" + other + "}}}";
    };
    CHECK(error_of(two(R"({"file": "x"})", R"({"file": "x.1"})")).ends_with("the file is an old file of the log of \"a\""));
    CHECK(error_of(two(R"({"file": "x.12.zst"})", R"({"file": "x"})"))
              .ends_with("the log of \"a\" has the name of an old file of this log"));
    CHECK(error_of(two(R"({})", R"({"file": "logs/a.log.2"})")).ends_with("the file is an old file of the log of \"a\""));
    CHECK(errors_of(two(R"({"file": "x", "keep": 0})", R"({"file": "x.1"})")).empty());
    CHECK(errors_of(two(R"({"file": "x"})", R"({"file": "x.1.gz"})")).empty());
    CHECK(errors_of(two(R"({"file": "x"})", R"({"file": "y.1"})")).empty());
    for (const auto* own : {"daemon.log.1", "events.jsonl.3.zst"})
        CHECK(error_of(web_with(std::string(R"("log": {"file": ")") + own + "\"}")).ends_with("is talosd's own"));
    CHECK(error_of(web_with(R"("log": {"file": "logs"})")).ends_with("is the directory of the logs"));
}

TEST_CASE("config: a log path that leaves the data directory means the file there, whatever the file's name") {
    CHECK(log_file(worker_of(web_with(R"("log": {"file": "../events.jsonl"})")))->file == "../events.jsonl");
    CHECK(log_file(worker_of(web_with(R"("log": {"file": "../logs/web.log"})")))->file == "../logs/web.log");
    CHECK(log_file(worker_of(web_with(R"("log": {"file": "./logs//web.log"})")))->file.empty());   // the default, spelled out
    const auto with_data_dir = [](const std::string& log) {
        return R"({"dataDir": "/d/data", "workers": {"web": {"command": "x", "log": {"file": ")" + log + "\"}}}}";
    };
    CHECK(errors_of(with_data_dir("../events.jsonl")).empty());
    CHECK(error_of(with_data_dir("../data/events.jsonl")).ends_with("is talosd's own"));
    CHECK(error_of(with_data_dir("/d/data/events.jsonl")).ends_with("is talosd's own"));
}

TEST_CASE("config: a relative log that leaves the data directory is checked like an absolute one") {
    std::vector<std::string> checked;
    HostSystem host;
    host.log_complaint = [&](const std::string& path) {
        checked.push_back(path);
        return std::optional(Remark{Remark::Weight::error, {}, path + " is a FIFO"});
    };
    const auto errors = [&](const std::string& log) {
        checked.clear();
        std::vector<std::string> lines;
        for (const auto& error : parse(web_with(R"("log": {"file": ")" + log + "\"}"), file, host).errors)
            lines.push_back(error.message);
        return lines;
    };
    CHECK(errors("../x.log").empty());   // from where is not known
    host.data_dir = [](const std::string&) { return std::string("/srv/data"); };
    CHECK(errors("../x.log") == std::vector<std::string>{"/srv/x.log is a FIFO"});
    CHECK(errors("sub/../../x.log") == std::vector<std::string>{"/srv/x.log is a FIFO"});
    CHECK(errors("/srv/data2/x.log") == std::vector<std::string>{"/srv/data2/x.log is a FIFO"});
    for (const auto* inside : {"x.log", "../data/x.log", "/srv/data/x.log"}) CHECK(errors(inside).empty());
    CHECK(checked.empty());
}

TEST_CASE("config: numbers out of range, infinite ones too") {
    CHECK(error_of(web_with(R"("restart": {"factor": 1e400})")).ends_with("the number is too large"));
    CHECK(error_of(web_with(R"("restart": {"limit": 123456789012345678901234567890})"))
              .ends_with("expected a whole number from 0 to 4294967295, "
                         "found 123456789012345678901234567890"));
    CHECK(error_of(web_with(R"("restart": {"factor": 0.999})")).ends_with("expected a number that is at least 1, found 0.999"));
    CHECK(error_of(web_with(R"("startTime": "99999999d")")).find("at most 100 years") != std::string::npos);
    CHECK(worker_of(web_with(R"("restart": {"limit": 3.0, "factor": 1e300})")).restart.limit == 3);
}

TEST_CASE("config: NUL is refused in every text, values and keys") {
    CHECK(error_of(R"({"dataDir": "a\u0000b"})").find("NUL") != std::string::npos);
    CHECK(error_of(R"({"$schema": "a\u0000b"})").find("NUL") != std::string::npos);
    CHECK(error_of(web_with(R"("env": {"A\u0000": "1"})")) ==
          "talos.json:1:48: /workers/web/env/A\\u0000: a NUL character (\\u0000) cannot be part of a text here");
}

TEST_CASE("config: what the file says never reaches the terminal as control characters") {
    const auto line = error_of(R"({"\u001b[31mred\n\u009b": 1})");
    CHECK(line == "talos.json:1:2: /\\u001b[31mred\\u000a\\u009b: unknown key");
    CHECK(std::none_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

TEST_CASE("config: a name of 300 characters is refused and shown shortened") {
    const std::string name(300, 'n');
    const auto line = error_of("{\"workers\": {\"" + name + "\": {\"command\": \"x\"}}}");
    CHECK(line.ends_with("found \"" + std::string(40, 'n') + "...\""));
}

TEST_CASE("config: ten thousand workers") {
    std::string text = "{\"workers\": {";
    for (int i = 0; i < 10'000; ++i) text += "\"w" + std::to_string(i) + "\": {\"command\": [\"x\"]},\n";
    const auto parsed = parse(text + "}}", file);
    CHECK(parsed.errors.empty());
    CHECK(parsed.config.workers.size() == 10'000);
}
