#include "config/model/worker_name.hpp"
#include "config/use/show.hpp"
#include "parsing.hpp"

#include <fstream>
#include <iterator>

using namespace talos;
using namespace talos::config;

TEST_CASE("show: who a worker is and what it is granted, as far as it is said") {
    const auto shown =
        show(config_of(R"({"workers": {"w": {"command": "x", "user": "www-data", "groups": ["adm"], "umask": "0007", "nice": -5,
        "rlimits": {"core": 0, "nofile": {"soft": 1024}, "stack": {"soft": "8MiB", "hard": "unlimited"}}, "cpuAffinity": "3,0-1"}}})"),
             Values::shown);
    const std::string expected = R"(      "user": "www-data",
      "groups": ["adm"],
      "umask": "0007",
      "nice": -5,
      "rlimits": {
        "core": 0,
        "nofile": { "soft": 1024 },
        "stack": { "soft": 8388608, "hard": "unlimited" }
      },
      "cpuAffinity": "0-1,3",
      "noNewPrivileges": false,
)";
    CHECK(shown.find(expected) != std::string::npos);
}

TEST_CASE("show: every default is spelled out") {
    CHECK(show(config_of(R"({"dataDir": "d", "workers": {"web": {"command": "./server -v"}}})"), Values::shown) == R"({
  "dataDir": "/srv/app/d",
  "workers": {
    "web": {
      "command": ["./server", "-v"],
      "cwd": "/srv/app",
      "env": {},
      "autostart": true,
      "kind": "service",
      "startTime": "1s",
      "onSupervisorDeath": "keep",
      "restart": {
        "policy": "on-failure",
        "delay": "100ms",
        "maxDelay": "30s",
        "factor": 2,
        "jitter": 0.1,
        "resetAfter": "10s",
        "limit": 0,
        "window": "1m"
      },
      "stop": {
        "steps": [
          { "signal": "SIGTERM", "wait": "30s" }
        ]
      },
      "streams": "joined",
      "log": {
        "file": "logs/web.log",
        "format": "cri",
        "rotateSize": "10MiB",
        "rotateEvery": "never",
        "keep": 5,
        "compress": "none",
        "maxLine": "16KiB",
        "onFull": "drop"
      }
    }
  }
}
)");
}

TEST_CASE("show: the control socket and the rules of access, where there are some") {
    const auto config = config_of(
        R"({"controlSocket": "c.sock", "access": [{"user": "a\"b"}, {"group": "7", "may": "control", "workers": "w?"}]})");
    CHECK(show(config, Values::shown) == R"({
  "controlSocket": "/srv/app/c.sock",
  "access": [
    { "user": "a\"b", "may": "read", "workers": "*" },
    { "group": "7", "may": "control", "workers": "w?" }
  ],
  "workers": {}
}
)");
    CHECK(config_of(show(config, Values::shown)) == config);
}

TEST_CASE("show: what is shown parses to the same config") {
    const std::string text = GENERATE(
        as<std::string>{}, "{}", R"({"workers": {"a": {"command": "x"}, "b": {"command": ["x", ""]}}})",
        R"({"dataDir": "../d", "workers": {"a.b@c": {"command": ["a b", "\"", "\n\u001b\u00e4\ud83d\ude00"], "cwd": "/"}}})",
        R"({"workers": {"a": {"command": "x", "env": {"Z": "1", "A": "", "a b": "=", "\u00e4": "\\"}, "autostart": false}}})",
        R"({"workers": {"a": {"command": "x", "restart": {"policy": "always", "factor": 1.1, "jitter": 0.3333333333333333, "limit": 7}}}})",
        R"({"workers": {"a": {"command": "x", "restart": {"factor": 1e300, "jitter": 5e-324, "delay": "0s", "window": "1d1ms"}}}})",
        R"({"workers": {"a": {"command": "x", "stop": {"steps": []}, "onSupervisorDeath": "kill", "startTime": "0s"}}})",
        R"({"workers": {"a": {"command": "x", "stop": {"steps": [{"signal": "35", "wait": "0s"}, {"signal": "32"}, {"signal": "SIGIOT"}]}}}})",
        R"({"workers": {"a": {"command": "x", "log": "none"}, "b": {"command": "x", "log": "inherit", "restart": "never"}}})",
        R"({"workers": {"a": {"command": "x", "log": {"file": "./logs/a.log", "format": "raw"}}}})",
        R"({"workers": {"a": {"command": "x", "log": {"file": "/logs/a.log", "rotateSize": "1536B", "keep": 0}}}})",
        R"({"workers": {"a": {"command": "x", "log": {"file": "../a.log", "rotateSize": "8388608GiB"}}}})");
    const auto config = config_of(text);
    const auto shown = show(config, Values::shown);
    CAPTURE(shown);
    CHECK(config_of(shown) == config);
    CHECK(show(config_of(shown), Values::shown) == shown);
}

TEST_CASE("show: the default log file is the same config, spelled out or not") {
    CHECK(config_of(R"({"workers": {"a": {"command": "x", "log": {"file": "logs/a.log"}}}})") ==
          config_of(R"({"workers": {"a": {"command": "x"}}})"));
}

TEST_CASE("show: masked values of env do not appear, their names do") {
    const auto config = config_of(R"({"workers": {"a": {"command": "x", "env": {"TOKEN": "hunter2", "EMPTY": ""}}}})");
    const auto shown = show(config, Values::masked);
    CHECK(shown.find("hunter2") == std::string::npos);
    CHECK(shown.find("\"TOKEN\": \"***\"") != std::string::npos);
    CHECK(shown.find("\"EMPTY\": \"***\"") != std::string::npos);
    CHECK(parse(shown, file).errors.empty());
}

TEST_CASE("show: a command of arbitrary bytes is shown as text") {
    Config config;
    config.workers.push_back(ad_hoc_worker({"./x", "\xFF"}, "/work"));
    CHECK(show(config, Values::shown).find("[\"./x\", \"\xEF\xBF\xBD\"]") != std::string::npos);
    CHECK(parse(show(config, Values::shown), file).errors.empty());
}

TEST_CASE("ad hoc worker: named after the program, never restarted") {
    const auto worker = ad_hoc_worker({"/usr/bin/my server", "-v"}, "/work");
    CHECK(worker.name == "my_server");
    CHECK(worker.command == std::vector<std::string>{"/usr/bin/my server", "-v"});
    CHECK(worker.cwd == "/work");
    CHECK(worker.restart.policy == RestartSpec::Policy::never);
}

TEST_CASE("ad hoc worker: whatever the program is called, the name is a valid one") {
    const std::string program = GENERATE(as<std::string>{}, "", "/", "[", "./.hidden", "-x", "all", "\xFF\xFE",
                                         std::string(300, 'n'), "dir/", "..", "a b\nc", "_a");
    const auto worker = ad_hoc_worker({program}, "/work");
    CAPTURE(program, worker.name);
    CHECK(valid_worker_name(worker.name));
    CHECK(ad_hoc_worker({"./.hidden"}, "/").name == "hidden");
    CHECK(valid_worker_name(ad_hoc_worker({}, "/").name));
}

TEST_CASE("worker names: letters, digits and _ . @ -, a letter or digit first, at most 64, not all") {
    for (const auto* name : {"a", "9", "web-1", "web@2.example_x", "ALL"}) CHECK(valid_worker_name(name));
    for (const auto* name : {"", "all", "-a", ".a", "_a", "@a", "a/b", "../x", "a b", "a\n", "\xC3\xA4", "a*"}) {
        CAPTURE(name);
        CHECK(!valid_worker_name(name));
    }
    CHECK(valid_worker_name(std::string(64, 'a')));
    CHECK(!valid_worker_name(std::string(65, 'a')));
    CHECK(!valid_worker_name(std::string("a\0b", 3)));
}
