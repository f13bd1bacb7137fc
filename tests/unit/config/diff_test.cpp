#include "config/use/diff.hpp"
#include "parsing.hpp"

using namespace talos::config;
using What = WorkerChange::What;

namespace {

Config web_with(const std::string& members) {
    return config_of(R"({"workers": {"web": {"command": "x")" + (members.empty() ? "" : ", " + members) + "}}}");
}

std::string described(const Plan& plan) {
    std::string text;
    for (const auto& worker : plan.workers) {
        switch (worker.what) {
        case What::added: text += "+"; break;
        case What::removed: text += "-"; break;
        case What::changed: text += "~"; break;
        }
        text += worker.name + " ";
    }
    return text + std::to_string(plan.unchanged);
}

/// The changed keys of the one worker; those that need a restart with a mark.
std::string keys_of(const Plan& plan) {
    std::string text;
    for (const auto& worker : plan.workers)
        for (const auto& key : worker.keys)
            text.append(text.empty() ? "" : " ").append(key.key).append(key.effect == Effect::restart ? "!" : "");
    return text;
}

}   // namespace

TEST_CASE("diff: the same config is an empty plan") {
    const auto config = config_of(R"({"dataDir": "d", "workers": {"a": {"command": "x"}, "b": {"command": "y"}}})");
    const auto plan = diff(config, config);
    CHECK(plan.empty());
    CHECK(plan.unchanged == 2);
    CHECK(diff(Config{}, Config{}).empty());
}

TEST_CASE("diff: changed and added workers in the new order, then the removed ones, order alone is no change") {
    const auto before =
        config_of(R"({"workers": {"a": {"command": "x"}, "b": {"command": "x"}, "c": {"command": "x"}, "d": {"command": "x"}}})");
    const auto after = config_of(R"({"workers": {"e": {"command": "x"}, "c": {"command": "y"}, "a": {"command": "x"}}})");
    CHECK(described(diff(before, after)) == "+e ~c -b -d 1");
    CHECK(described(diff(after, before)) == "+b ~c +d -e 1");
    CHECK(described(diff(Config{}, before)) == "+a +b +c +d 0");
}

TEST_CASE("diff: each key with its effect") {
    const auto plain = web_with("");
    const auto keys = [&](const std::string& members) { return keys_of(diff(plain, web_with(members))); };
    CHECK(keys(R"("cwd": "/")") == "cwd!");
    CHECK(keys(R"("env": {"A": "1"})") == "env!");
    CHECK(keys(R"("autostart": false)") == "autostart");
    CHECK(keys(R"("startTime": "2s")") == "startTime");
    CHECK(keys(R"("ready": {"notify": true})") == "ready!");
    const auto notify = web_with(R"("ready": {"notify": true})");
    CHECK(keys_of(diff(notify, plain)) == "ready!");
    CHECK(keys_of(diff(notify, web_with(R"("ready": {"fd": 3, "timeout": "1s"})"))) == "ready!");
    CHECK(keys_of(diff(notify, web_with(R"("ready": {"notify": true, "timeout": "1s"})"))) == "ready.timeout");
    CHECK(keys_of(diff(web_with(R"("ready": {"log": "a"})"), web_with(R"("ready": {"log": "b"})"))) == "ready!");
    const auto http = web_with(R"("ready": {"http": "http://localhost/"})");
    CHECK(keys_of(diff(http, web_with(R"("ready": {"http": "http://localhost/", "interval": "2s"})"))) == "ready.interval");
    CHECK(keys_of(diff(http, web_with(R"("ready": {"http": "http://localhost/", "status": 204})"))) == "ready!");
    CHECK(keys_of(diff(web_with(R"("ready": {"exec": "a"})"), web_with(R"("ready": {"exec": "b"})"))) == "ready!");
    CHECK(keys_of(diff(http, web_with(R"("ready": {"http": "http://localhost/", "headers": {"A": "b"}})"))) == "ready!");
    CHECK(keys(R"("restart": "always")") == "restart.policy");
    CHECK(
        keys(
            R"("restart": {"delay": "1s", "maxDelay": "2s", "factor": 3, "jitter": 0, "resetAfter": "1s", "limit": 1, "window": "1s"})") ==
        "restart.delay restart.maxDelay restart.factor restart.jitter restart.resetAfter restart.limit restart.window");
    CHECK(keys(R"("stop": {"steps": []})") == "stop");
    CHECK(keys(R"("log": {"file": "x.log", "format": "raw", "rotateSize": "1MiB", "keep": 1})") ==
          "log.file! log.format! log.rotateSize log.keep");
    CHECK(keys(R"("log": {"rotateEvery": "daily", "compress": "zstd", "maxLine": "1KiB", "onFull": "block"})") ==
          "log.rotateEvery log.compress log.maxLine! log.onFull");
    CHECK(keys(R"("streams": "separate")") == "streams!");
    CHECK(keys(R"("log": "none")") == "log!");
    CHECK(keys(R"("log": [{}, {"inherit": "bare"}])") == "log!");
    CHECK(keys_of(diff(web_with(R"("log": [{}, {"inherit": "bare"}])"),
                       web_with(R"("log": [{"keep": 1}, {"inherit": "prefixed"}])"))) == "log[0].keep log[1].inherit!");
    CHECK(keys(R"("onSupervisorDeath": "kill")") == "onSupervisorDeath!");
    CHECK(keys(R"("user": "a", "group": "b", "groups": [], "umask": "0027", "nice": 1, "oomScoreAdj": 1, "rlimits": {"nofile": 9},
                  "cpuAffinity": "0", "noNewPrivileges": true)") ==
          "user! group! groups! umask! nice! oomScoreAdj! rlimits! cpuAffinity! noNewPrivileges!");
    CHECK(keys_of(diff(plain, config_of(R"({"workers": {"web": {"command": "y"}}})"))) == "command!");
    CHECK(keys(R"("cwd": "/", "autostart": false, "stop": {"steps": []}, "onSupervisorDeath": "kill")") ==
          "cwd! autostart stop onSupervisorDeath!");
}

TEST_CASE("diff: a restart is needed for what a running process cannot take on") {
    const auto plain = web_with("");
    CHECK(!diff(plain, web_with(R"("stop": {"steps": []}, "restart": "never")")).workers.front().needs_restart());
    CHECK(diff(plain, web_with(R"("stop": {"steps": []}, "cwd": "/")")).workers.front().needs_restart());
    CHECK(!diff(plain, Config{}).workers.front().needs_restart());
    CHECK(!diff(Config{}, plain).workers.front().needs_restart());
}

TEST_CASE("diff: variables in another order are the same environment, and neither names nor values are told") {
    CHECK(diff(web_with(R"("env": {"A": "1", "B": "2"})"), web_with(R"("env": {"B": "2", "A": "1"})")).empty());
    CHECK(keys_of(diff(web_with(R"("env": {"A": "secret"})"), web_with(R"("env": {"TOKEN": "secret2"})"))) == "env!");
}

TEST_CASE("diff: what is left out and what is spelled out as the default are the same") {
    CHECK(
        diff(web_with(""),
             web_with(
                 R"("cwd": ".", "env": {}, "restart": "on-failure", "log": {"file": "logs/web.log"}, "noNewPrivileges": false)"))
            .empty());
    CHECK(diff(web_with(R"("rlimits": {"nofile": 9, "core": "1KiB"})"),
               web_with(R"("rlimits": {"core": 1024, "nofile": {"soft": 9, "hard": 9}})"))
              .empty());
}

TEST_CASE("diff: talosd's own keys") {
    const auto before = config_of(R"({"dataDir": "d", "controlSocket": "a.sock", "access": [{"user": "a"}], "cgroup": "auto"})");
    const auto after = config_of(R"({"dataDir": "e", "controlSocket": "b.sock", "access": [{"user": "b"}], "cgroup": "off"})");
    CHECK(diff(before, after).daemon == std::vector<KeyChange>{{"dataDir", Effect::restart},
                                                               {"controlSocket", Effect::restart},
                                                               {"access", Effect::live},
                                                               {"cgroup", Effect::restart}});
    CHECK(!diff(before, after).empty());
    auto moved = before;
    moved.path = "/elsewhere/talos.json";
    CHECK(diff(before, moved).empty());
}

TEST_CASE("live keys: how long it may take to become ready is one of them, what is asked of it is not") {
    const auto running = web_with(R"("ready": {"notify": true})").workers.front();
    const auto longer = web_with(R"("ready": {"notify": true, "timeout": "5m"})").workers.front();
    CHECK(with_live_keys(running, longer) == longer);
    CHECK(with_live_keys(running, web_with(R"("ready": {"fd": 3, "timeout": "5m"})").workers.front()) == running);
    CHECK(with_live_keys(running, web_with("").workers.front()) == running);
}

TEST_CASE("diff: another user that may notify needs a restart, because the socket has been made for the former one") {
    const auto one = web_with(R"("ready": {"notify": true}, "notify": {"user": "a"})");
    const auto other = web_with(R"("ready": {"notify": true}, "notify": {"user": "b"})");
    CHECK(keys_of(diff(one, other)) == "notify!");
    CHECK(diff(one, other).workers.front().needs_restart());
    CHECK(keys_of(diff(one, web_with(R"("ready": {"notify": true})"))) == "notify!");
}

TEST_CASE(
    "diff: a probe of health is asked from outside, so that all of it is live, but the worker has been told of its watchdog") {
    const auto plain = web_with("");
    const auto tcp = web_with(R"("health": {"tcp": "127.0.0.1:80"})");
    const auto dog = web_with(R"("health": {"watchdog": true})");
    CHECK(keys_of(diff(plain, tcp)) == "health");
    CHECK(keys_of(diff(tcp, plain)) == "health");
    CHECK(keys_of(diff(tcp, web_with(R"("health": {"exec": "x"})"))) == "health");
    const auto http = web_with(R"("health": {"http": "http://localhost/"})");
    CHECK(keys_of(diff(http, web_with(R"("health": {"http": "http://localhost/", "headers": {"A": "b"}})"))) == "health");
    CHECK(keys_of(diff(tcp, web_with(R"("health": {"tcp": "127.0.0.1:80", "interval": "1s", "timeout": "1s", "failures": 9,
                                                   "successes": 9, "grace": "9s", "action": "mark"})"))) ==
          "health.interval health.timeout health.failures health.successes health.grace health.action");
    CHECK(keys_of(diff(plain, dog)) == "health!");
    CHECK(keys_of(diff(dog, plain)) == "health!");
    CHECK(keys_of(diff(tcp, dog)) == "health!");
    CHECK(keys_of(diff(dog, web_with(R"("health": {"watchdog": true, "interval": "1s", "grace": "9s", "action": "mark"})"))) ==
          "health.interval! health.grace health.action");
}

TEST_CASE("live keys: health is one as far as the process need not be told of it") {
    const auto plain = web_with("").workers.front();
    const auto tcp = web_with(R"("health": {"tcp": "127.0.0.1:80"})").workers.front();
    const auto exec = web_with(R"("health": {"exec": "x", "action": "mark"})").workers.front();
    const auto dog = web_with(R"("health": {"watchdog": true})").workers.front();
    CHECK(with_live_keys(plain, tcp) == tcp);
    CHECK(with_live_keys(tcp, plain) == plain);
    CHECK(with_live_keys(tcp, exec) == exec);
    CHECK(with_live_keys(plain, dog) == plain);
    CHECK(with_live_keys(dog, tcp) == dog);
    const auto shorter = web_with(R"("health": {"watchdog": true, "interval": "1s", "action": "mark"})").workers.front();
    CHECK(with_live_keys(dog, shorter) == web_with(R"("health": {"watchdog": true, "action": "mark"})").workers.front());
}

TEST_CASE("live keys: afterwards only those that need a restart are still changed") {
    const auto before = web_with(R"("env": {"A": "1"}, "log": {"keep": 2})").workers.front();
    const std::string members = GENERATE(
        as<std::string>{}, "",
        R"("cwd": "/", "env": {"A": "2"}, "autostart": false, "startTime": "5s", "onSupervisorDeath": "kill", "ready": {"notify": true},
            "restart": {"policy": "always", "limit": 3}, "stop": {"steps": []}, "streams": "separate",
            "log": {"file": "x", "rotateSize": "1MiB", "keep": 9, "rotateEvery": "1h", "compress": "zstd", "maxLine": "1KiB", "onFull": "block"})",
        R"("restart": "never", "log": "none")", R"("log": "inherit", "startTime": "0s")");
    const auto wanted = web_with(members).workers.front();
    const auto now = with_live_keys(before, wanted);
    Config running;
    running.workers = {now};
    Config target;
    target.workers = {wanted};
    for (const auto& worker : diff(running, target).workers)
        for (const auto& key : worker.keys) CHECK(key.effect == Effect::restart);
    CHECK(now.command == before.command);
    CHECK(now.cwd == before.cwd);
    CHECK(now.env == before.env);
    REQUIRE(now.log.size() == before.log.size());
    CHECK(now.log.front().target == before.log.front().target);
    CHECK(now.log.front().file == before.log.front().file);
    CHECK(now.restart == wanted.restart);
    CHECK(with_live_keys(now, wanted) == now);
}
